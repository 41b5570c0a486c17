using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>Specifications in which every field has been said once.</summary>
internal static class RunSeeds
{
    public static ImmutableArray<RunSpec> Specs { get; } =
    [
        new()
        {
            Data = new() { Path = "/data/images", ImageSize = 64, ValidationShare = 0.1, Augmentation = new() { Views = 2, Flip = 0.5 }, Preprocessing = Preprocessing.Caffe },
            Model = new() { Weights = "/data/w.safetensors", Head = new() { Hidden = [16, 8] } },
            Phases = [new() { Epochs = 3, Freeze = new FreezePolicy.LastLayers(1) }, new() { Freeze = new FreezePolicy.FromStage("conv5") }, new() { Freeze = new FreezePolicy.Named(["conv5_*"]) }],
            Output = "/out/run",
            Replicas = 2,
            Features = new() { Directory = "/out/features" },
        },
        new() { Data = new() { Path = "/data" }, Phases = [new() { Freeze = new FreezePolicy.FromLayer("conv4_block1_1_conv") }], Output = "/o" },
    ];
}
