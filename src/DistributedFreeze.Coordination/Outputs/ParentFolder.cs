using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>The folder of the finished run that a run starts from, as far as its receipt tells. Immutable and thread-safe.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Receipt">What the run did.</param>
/// <param name="ReceiptSha256">SHA-256 of the receipt's file.</param>
public sealed record ParentFolder(string Folder, Receipt Receipt, string ReceiptSha256)
{
    private const string Field = "from";

    /// <summary>The run, by its content.</summary>
    public ParentRun Run => new(Receipt.RunId, Receipt.ModelSha256, ReceiptSha256);

    /// <summary>The folder that a person means who names it, or its receipt or model.</summary>
    /// <param name="given">A path.</param>
    public static string Of(string given)
    {
        var files = new OutputFolder("");
        return Path.GetFileName(given) is var name && (name == files.Receipt || name == files.Model) ? Path.GetDirectoryName(given) is { Length: > 0 } folder ? folder : "." : given;
    }

    /// <summary>Reads the receipt, and makes sure that the model lies beside it.</summary>
    /// <param name="given">The folder, or its receipt or model.</param>
    /// <exception cref="InvalidInputException">The folder holds no finished run, or its receipt cannot be read.</exception>
    public static ParentFolder Read(string given)
    {
        var output = new OutputFolder(Of(given));
        if (!File.Exists(output.Receipt) || !File.Exists(output.Model))
        {
            throw new InvalidInputException(Field, $"must be the output folder of a finished run: {Lack(output)}");
        }

        var receipt = StoredJson.ReadReceipt(output.Receipt, out var sha256);
        return new(output.Path, receipt, sha256);
    }

    private static string Lack(OutputFolder output) => (Directory.Exists(output.Path), File.Exists(output.Checkpoint), File.Exists(output.Receipt)) switch
    {
        (false, _, _) => File.Exists(output.Path) ? $"{output.Path} is a file" : $"there is no such folder: {output.Path}",
        (_, _, true) => $"{output.Path} has a receipt but no {Path.GetFileName(output.Model)}, which belongs beside it",
        (_, true, _) => $"the run in {output.Path} has not finished; go on with it by `resume: {output.Path}`",
        _ => $"{output.Path} has no {Path.GetFileName(output.Receipt)}",
    };
}
