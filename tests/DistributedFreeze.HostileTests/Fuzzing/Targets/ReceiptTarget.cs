using System.Text;
using System.Text.Json;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A receipt, as <c>export</c> and <c>predict</c> read it, beside a model and a base that are small.</summary>
internal sealed class ReceiptTarget : FuzzTarget
{
    private readonly OutputFolder _output;
    private readonly string _base;
    private readonly string _modelHash;

    public ReceiptTarget(string folder)
        : base(folder)
    {
        _output = new(folder);
        _base = In("base.safetensors");
        Write(_base, "conv1_conv.bias", 64);
        Write(_output.Model, "predictions.bias", 2);
        using var model = SafetensorsFile.Open(_output.Model);
        _modelHash = ModelHash.Of(model);
    }

    public override string Name => "receipt";

    public override int Inputs => 5_000;

    public override bool IsText => true;

    public override string Path => _output.Receipt;

    public override IEnumerable<byte[]> Seeds() => RunSeeds.Specs.Select(spec => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
        new Receipt
        {
            RunId = "run-1",
            Program = "0.1.0",
            ModelSha256 = _modelHash,
            BaseSha256 = "b",
            DataSha256 = "d",
            MaskHash = "m",
            TrainableParameters = 1,
            FrozenUnchanged = true,
            TrainLoss = [0.5],
            Replicas = 1,
            Devices = ["cpu"],
            ImagesPerSecond = 2,
            Seconds = 3,
            Classes = ["a", "b"],
            Phases = [new("m", "pool", 1, 2, 3, 4)],
            Epochs = [new() { Phase = 0, Epoch = 0, TrainLoss = 1, TrainAccuracy = 0.5, Seconds = 3, ImagesPerSecond = 4 }],
            FrozenLayers = [new("conv1_conv", "x", "x")],
            Spec = spec,
        },
        RunJson.Indented)));

    public override IEnumerable<byte[]> Words() => JsonWords.All;

    public override void Read(byte[] input)
    {
        using var run = TrainedRun.Open(System.IO.Path.GetDirectoryName(Path)!);
        _ = _output.FindOwner();
        try
        {
            using var network = TrainedNetwork.Open(run, _base);
        }
        catch (InvalidInputException)
        {
            // So small a model and base are no network, and how it says that is all that is tried here.
        }
    }

    private static void Write(string path, string name, int elements)
    {
        using var writer = new SafetensorsWriter(path, [new(name, "F32", [elements])]);
        writer.Write(name, new float[elements].AsSpan());
        writer.Commit();
    }
}
