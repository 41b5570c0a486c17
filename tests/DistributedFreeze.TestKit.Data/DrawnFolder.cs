using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.TestKit.Data;

/// <summary>A temporary folder with images drawn by the test.</summary>
public sealed class DrawnFolder : IDisposable
{
    private bool _unspellable;

    public string Root { get; } = Directory.CreateTempSubdirectory("dfreeze-test-").FullName;

    public DataSpec Spec => new() { Path = Root };

    public string At(string relative) => Path.Combine(Root, relative);

    public DrawnFolder Image(
        string relative, SKColor? colour = null, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int width = 8, int height = 6)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(colour ?? SKColors.Teal);
        using var data = bitmap.Encode(format, 95);
        return Bytes(relative, data.ToArray());
    }

    public DrawnFolder Images(string folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Image($"{folder}/{i:D3}.png");
        }

        return this;
    }

    public DrawnFolder Bytes(string relative, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(relative))!);
        File.WriteAllBytes(At(relative), content);
        return this;
    }

    /// <summary>Renames to what .NET cannot spell.</summary>
    /// <param name="relative">A file or folder.</param>
    /// <param name="name">Its new name, with <c>\351</c> for each byte outside ASCII, in octal.</param>
    public DrawnFolder RenamedToBytes(string relative, string name)
    {
        Shell("""mv "$1" "$(dirname "$1")/$(printf "$2")" """, At(relative), name);
        _unspellable = true;
        return this;
    }

    /// <summary>Scans until the test run is cancelled.</summary>
    public static DataSet Scan(DataSpec spec, int seed, bool verify = false) =>
        DataSet.Scan(spec, seed, verify, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (_unspellable)
        {
            Shell("""rm -r "$1" """, Root); // .NET cannot
        }
        else
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static void Shell(string script, params string[] args)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", .. args]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
