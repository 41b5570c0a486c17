using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;

namespace DistributedFreeze.Cli.Advise;

/// <summary>How far the advice is. Not thread-safe, but told from one thread after another.</summary>
internal sealed class AdviceProgressView(CommandConsole console, TimeProvider time) : IProgress<AdviceProgress>, IDisposable
{
    private readonly PartProgress _parts = new(console, time);

    void IProgress<AdviceProgress>.Report(AdviceProgress value) => Show(value);

    public void Show(AdviceProgress progress) => _parts.Show(
        progress.Stage.ToString(), progress.Stage == AdviceStage.Images, progress.Done, progress.All, () => Place(progress));

    public void Dispose() => _parts.Dispose();

    private static string Place(AdviceProgress progress) => progress.Stage switch
    {
        AdviceStage.Images => string.Create(CultureInfo.InvariantCulture, $"image {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Depths => string.Create(CultureInfo.InvariantCulture, $"probe {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Gradients => string.Create(CultureInfo.InvariantCulture, $"gradient of image {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Waiting => Waiting(progress),
        _ => $"short runs: {progress.What}",
    };

    private static string Waiting(AdviceProgress progress) => progress.QueuePosition == 0
        ? "waits for a device"
        : string.Create(CultureInfo.InvariantCulture, $"waits for a device, place {progress.QueuePosition:N0} in the queue{(progress.What is { } reason ? $": {reason}" : "")}");
}
