using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Export;

/// <summary>What a finished run has left in its folder: a receipt, and the trained tensors that it speaks of.</summary>
/// <remarks>Holds the model's file open. Thread-safe but for disposing.</remarks>
public sealed class TrainedRun : IDisposable
{
    private TrainedRun(string folder, Receipt receipt, ITensorFile tensors) => (Folder, Receipt, Tensors) = (folder, receipt, tensors);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>What the run did.</summary>
    public Receipt Receipt { get; }

    /// <summary>The tensors that trained, under the project's names.</summary>
    public ITensorFile Tensors { get; }

    /// <summary>Reads a run's folder and compares the model with the hash in the receipt.</summary>
    /// <param name="folder">The output folder of a run, or one into which its files were downloaded.</param>
    /// <exception cref="InvalidInputException">
    /// The folder holds no finished run, a file cannot be read, or the model is another one than the receipt's.
    /// </exception>
    public static TrainedRun Open(string folder)
    {
        var output = new OutputFolder(folder);
        var receipt = ReadReceipt(folder);
        if (!File.Exists(output.Model))
        {
            throw new InvalidInputException(folder, $"has a receipt but no {Path.GetFileName(output.Model)}, which belongs beside it");
        }

        var tensors = SafetensorsFile.Open(output.Model);
        try
        {
            if (ModelHash.Of(tensors) is var found && found != receipt.ModelSha256)
            {
                throw new InvalidInputException(
                    output.Model, $"is damaged or another run's: its tensors have SHA-256 {found}, and those of the receipt beside it {receipt.ModelSha256}");
            }

            return new(folder, receipt, tensors);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Reads the receipt in a run's folder.</summary>
    /// <param name="folder">The output folder of a run, or one into which its files were downloaded.</param>
    /// <exception cref="InvalidInputException">The folder holds no finished run, or its receipt cannot be read.</exception>
    public static Receipt ReadReceipt(string folder)
    {
        var output = new OutputFolder(folder);
        if (!File.Exists(output.Receipt))
        {
            throw new InvalidInputException(output.Path, $"must be the folder of a finished run: {Lack(output)}");
        }

        return StoredJson.ReadReceipt(output.Receipt);
    }

    /// <inheritdoc/>
    public void Dispose() => Tensors.Dispose();

    private static string Lack(OutputFolder output) => (Directory.Exists(output.Path), File.Exists(output.Checkpoint)) switch
    {
        (false, _) => File.Exists(output.Path) ? "it is a file" : "there is no such folder",
        (_, true) => "the run there has not finished",
        _ => $"it has no {Path.GetFileName(output.Receipt)}",
    };
}
