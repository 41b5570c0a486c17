using System.Text;
using CsvHelper;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Manifests;

/// <summary>Opens manifests, and says what is wrong with their text.</summary>
internal static class ManifestText
{
    /// <summary>Characters of a path, a class or a split at most.</summary>
    public const int LongestField = 4_096;

    /// <summary>Characters of a line at most.</summary>
    public const int LongestLine = 65_536;

    // What is not UTF-8 would become another name, which leads to another file or to none.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidInputException">It cannot be opened.</exception>
    public static StreamReader Open(string path)
    {
        try
        {
            // A pipe or a device has no length, and might be waited for, or read, for ever.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            return new(file.Length == 0 ? Stream.Null : file.OpenRead(), Strict);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("data.path", $"'{path}' cannot be read: {refused.Message}") { IsStorage = true };
        }
    }

    /// <summary>A reader's exception as a phrase.</summary>
    public static string Why(Exception bad) => bad switch
    {
        DecoderFallbackException => "is not UTF-8; save it as UTF-8",
        InvalidDataException => $"has a line longer than {LongestLine:N0} characters",
        MaxFieldSizeException => $"has a field longer than {LongestField:N0} characters",
        BadDataException => "has a quotation mark where none may stand; put the whole field into quotation marks, and double those within",
        _ => $"cannot be read: {bad.Message.ReplaceLineEndings(" ")}",
    };
}
