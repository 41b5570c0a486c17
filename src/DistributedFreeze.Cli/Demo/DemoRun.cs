using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Cli.Demo;

/// <summary>Draws images and trains a head on a random base: the whole path, without any file.</summary>
internal static class DemoRun
{
    private const int ImageSize = 64;
    private const int ImagesPerClass = 40;

    public static Task<int> RunAsync(DemoRequest request, CancellationToken cancellationToken)
    {
        request.Console.NameFields(OptionNames.OfOptions);
        var images = Path.Combine(request.Output, "images");
        var run = new OutputFolder(Path.Combine(request.Output, "run"));
        var spec = Spec(images, run.Path, request);
        DeviceDiscovery.Require(spec); // before anything is drawn
        DemoImages.Write(images, request.Seed, ImageSize, trainPerClass: ImagesPerClass, validationPerClass: 10, testPerClass: 25);
        if (!request.Json)
        {
            request.Console.Error.WriteLine($"drew {4 * (ImagesPerClass + 35)} images of {ImageSize} x {ImageSize} pixels into {images}; random base weights, seed {request.Seed}");
        }

        // An earlier demo is no loss: its images were just drawn anew.
        run.Clear();
        return new EmbeddedRun(request.Console).RunAsync(spec, resume: false, request.Json, cancellationToken);
    }

    private static RunSpec Spec(string images, string output, DemoRequest request) => new()
    {
        Data = new() { Path = images, ImageSize = ImageSize, Preprocessing = Preprocessing.Torch },
        Model = new() { RandomWeights = true },
        Phases = [new() { Epochs = 40, Optimizer = new() { LearningRate = 3e-3 } }],
        BatchSize = 32,
        Shards = 8,
        Seed = request.Seed,
        Replicas = request.Replicas,
        Device = request.Device,
        Output = output,
        Features = new() { DiskBytes = 0 },
    };
}
