using DistributedFreeze.Client;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Small drawn images, a run of two phases on them, and what it comes to where nothing disturbs it.</summary>
internal sealed class ChaosData : IDisposable
{
    /// <summary>Epochs of the head's phase.</summary>
    public const int HeadEpochs = 60;

    /// <summary>Epochs of the phase after it, which trains layers of the base, too.</summary>
    public const int TailEpochs = 30;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-chaos-");

    private ChaosData() => DemoImages.Write(Images, seed: 1, size: 40, trainPerClass: 7, validationPerClass: 2, testPerClass: 2);

    /// <summary>The receipt of the run that nothing disturbed.</summary>
    public Receipt Undisturbed { get; private set; } = null!;

    private string Images => Path.Combine(_folder.FullName, "images");

    /// <summary>Draws the images, and trains on them in one silo.</summary>
    public static async Task<ChaosData> MakeAsync(CancellationToken cancellationToken)
    {
        var data = new ChaosData();
        try
        {
            await using var silo = await SiloProcess.StartAsync("CpuSlots=2");
            await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, cancellationToken);
            var output = Path.Combine(data._folder.FullName, "undisturbed");
            var runId = await connection.Client.SubmitAsync(data.Spec(output, replicas: 2, features: null), cancellationToken: cancellationToken);
            var ended = await connection.Client.WaitAsync(runId, cancellationToken);
            data.Undisturbed = ended.Receipt ?? throw new InvalidOperationException($"The undisturbed run ended: {ended.Reason}");
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Two phases of some seconds in all: dropout, augmentation, batch norms that train, a short last batch.</summary>
    /// <param name="output">Where it writes.</param>
    /// <param name="replicas">Devices that it takes at most.</param>
    /// <param name="features">Folder of its features; null takes the silos' own.</param>
    public RunSpec Spec(string output, int replicas, string? features) => new()
    {
        Data = new()
        {
            Path = Images,
            ImageSize = 40,
            Augmentation = new() { Flip = 0.5, CropScale = 0.7, Brightness = 0.2, Views = 3 },
        },
        Model = new() { Head = new() { Hidden = [16], Dropout = 0.25 } },
        BatchSize = 12,
        Shards = 4,
        Seed = 5,
        Output = output,
        Replicas = replicas,
        Features = new() { Directory = features },
        Phases =
        [
            new() { Epochs = HeadEpochs, Optimizer = new() { LearningRate = 1e-3 } },
            new()
            {
                Epochs = TailEpochs,
                Freeze = new FreezePolicy.LastLayers(4),
                BatchNorm = BatchNormMode.Train,
                Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3 },
            },
        ],
    };

    public void Dispose() => _folder.Delete(recursive: true);
}
