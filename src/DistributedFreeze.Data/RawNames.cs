using System.Runtime.InteropServices;
using System.Text;

namespace DistributedFreeze.Data;

/// <summary>The names of a folder as the bytes that Linux keeps, of which not all are text.</summary>
/// <remarks>
/// .NET reads names as UTF-8 and puts <see cref="UnreadableNames.Replacement"/> for what is none. Such a name leads to no file any more: nothing can open it, and it
/// even looks hidden. They come from archives and disks of systems that write names in another encoding.
/// </remarks>
internal static partial class RawNames
{
    // struct dirent of 64-bit Linux, of glibc as of musl: inode 8, offset 8, length 2, kind 1, then the name and a zero.
    private const int NameOffset = 19;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether the system tells; the layout is that of Linux on 64 bits.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <returns>The names in a folder that are not UTF-8; none where it cannot be listed.</returns>
    public static IReadOnlyList<RawName> In(string folder)
    {
        var found = new List<RawName>();
        var path = Encoding.UTF8.GetBytes(folder);
        ForEach(path, name =>
        {
            if (!IsUtf8(name))
            {
                found.Add(new(name, ForEach([.. path, (byte)'/', .. name], _ => { })));
            }
        });
        return found;
    }

    /// <summary>Whether bytes are UTF-8.</summary>
    public static bool IsUtf8(ReadOnlySpan<byte> name)
    {
        try
        {
            Strict.GetCharCount(name);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <returns>Whether the folder can be opened.</returns>
    private static bool ForEach(byte[] folder, Action<byte[]> visit)
    {
        var opened = OpenDirectory([.. folder, 0]);
        if (opened == 0)
        {
            return false;
        }

        try
        {
            while (ReadDirectory(opened) is var entry && entry != 0)
            {
                unsafe
                {
                    visit(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameOffset).ToArray());
                }
            }
        }
        finally
        {
            _ = CloseDirectory(opened);
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "opendir")]
    private static partial nint OpenDirectory(byte[] path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint ReadDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDirectory(nint directory);
}

/// <summary>A name that is not UTF-8.</summary>
/// <param name="Bytes">The name.</param>
/// <param name="IsFolder">Whether it is a folder, or a link to one.</param>
internal readonly record struct RawName(byte[] Bytes, bool IsFolder)
{
    /// <summary>The name with <c>\xe9</c> for each byte outside printable ASCII, as shells write it within <c>$'...'</c>.</summary>
    public string Escaped => Escape(Bytes);

    /// <inheritdoc cref="Escaped"/>
    public static string Escape(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        foreach (var one in name)
        {
            _ = one is >= 0x20 and < 0x7F ? text.Append((char)one) : text.Append($"\\x{one:x2}");
        }

        return text.ToString();
    }
}
