using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Training.Advice;

namespace DistributedFreeze.Cli.Advise;

/// <summary>How far the advice is. Not thread-safe.</summary>
internal sealed class AdviceProgressView(CommandConsole console, TimeProvider time) : IDisposable
{
    private readonly PartProgress _parts = new(console, time);

    public void Show(AdviceProgress progress) => _parts.Show(
        progress.Stage.ToString(), progress.Stage == AdviceStage.Images, progress.Done, progress.All, () => Place(progress));

    public void Dispose() => _parts.Dispose();

    private static string Place(AdviceProgress progress) => progress.Stage switch
    {
        AdviceStage.Images => string.Create(CultureInfo.InvariantCulture, $"image {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Depths => string.Create(CultureInfo.InvariantCulture, $"probe {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Gradients => string.Create(CultureInfo.InvariantCulture, $"gradient of image {progress.Done:N0}/{progress.All:N0}"),
        _ => $"short runs: {progress.What}",
    };
}
