using System.Text;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Files that a command writes where its user said.</summary>
internal static class OutputFault
{
    /// <summary>Writes, and names the option where that fails.</summary>
    /// <param name="field">The option or field that said where.</param>
    /// <param name="write">Writes.</param>
    /// <exception cref="InvalidInputException">The file cannot be written.</exception>
    public static T Named<T>(string field, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(field, $"cannot be written: {refused.Message}");
        }
    }

    /// <summary>Writes a text whole or not at all, and names the option where that fails.</summary>
    /// <param name="field">The option that said where.</param>
    /// <param name="file">The file.</param>
    /// <param name="text">What it will hold, as UTF-8.</param>
    /// <exception cref="InvalidInputException">The file cannot be written.</exception>
    public static void Write(string field, string file, string text) =>
        Named(field, () => AtomicFile.Write(Path.GetFullPath(file), stream => stream.Write(Encoding.UTF8.GetBytes(text))));

    /// <inheritdoc cref="Named{T}"/>
    public static void Named(string field, Action write) => Named(field, () =>
    {
        write();
        return true;
    });
}
