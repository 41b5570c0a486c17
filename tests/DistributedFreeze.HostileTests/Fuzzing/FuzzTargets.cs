using DistributedFreeze.Hostile.Fuzzing.Targets;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>The readers that are fuzzed.</summary>
internal static class FuzzTargets
{
    private static readonly (string Name, Func<string, FuzzTarget> Make)[] All =
    [
        ("safetensors", folder => new SafetensorsTarget(folder)),
        ("torch", folder => new TorchTarget(folder)),
        ("hdf5-v0", folder => new Hdf5Target(folder, isNew: false)),
        ("hdf5-v2", folder => new Hdf5Target(folder, isNew: true)),
        ("image-jpeg", folder => new ImageTarget(folder, ImageSeeds.Jpegs, ".jpg")),
        ("image-png", folder => new ImageTarget(folder, ImageSeeds.Pngs, ".png")),
        ("image-webp", folder => new ImageTarget(folder, ImageSeeds.WebPs, ".webp")),
        ("image-other", folder => new ImageTarget(folder, ImageSeeds.Others, ".bmp")),
        ("onnx", folder => new OnnxTarget(folder)),
        ("onnx-metadata", folder => new OnnxMetadataTarget(folder)),
        ("base", folder => new BaseTarget(folder)),
        ("checkpoint", folder => new CheckpointTarget(folder)),
        ("progress", folder => new ProgressTarget(folder)),
        ("receipt", folder => new ReceiptTarget(folder)),
        ("stored-spec", folder => new StoredSpecTarget(folder)),
        ("run-file", folder => new RunFileTarget(folder)),
        ("run-json", folder => new RunJsonTarget(folder)),
        ("manifest-csv", folder => new ManifestTarget(folder, isJson: false)),
        ("manifest-json", folder => new ManifestTarget(folder, isJson: true)),
        ("tar", folder => new TarTarget(folder)),
        ("parquet", folder => new ParquetTarget(folder)),
        ("segment", folder => new SegmentTarget(folder)),
        ("set-description", folder => new SetDescriptionTarget(folder)),
        ("hello", folder => new HelloTarget(folder)),
        ("frames", folder => new FramesTarget(folder)),
        ("pem", folder => new PemTarget(folder)),
        ("der", folder => new DerTarget(folder)),
    ];

    public static IEnumerable<string> Names => All.Select(target => target.Name);

    /// <param name="folder">Each gets a folder of its own in it.</param>
    public static IEnumerable<FuzzTarget> In(string folder) => Names.Select(name => Of(name, folder));

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="folder">It gets a folder of its own in it.</param>
    public static FuzzTarget Of(string name, string folder)
    {
        var target = All.Single(target => target.Name == name).Make(Directory.CreateDirectory(Path.Combine(folder, name)).FullName);
        return target.Name == name ? target : throw new InvalidOperationException($"{name} calls itself {target.Name}.");
    }
}
