using System.Text;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A checkpoint of PyTorch, of both forms.</summary>
internal sealed class TorchTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "torch";

    public override int Inputs => 5_000;

    protected override string Ending => ".pth";

    public override IEnumerable<byte[]> Seeds()
    {
        yield return Small().Archive();
        yield return Small().Legacy();
        yield return new TorchCheckpoint().Op('}').Op('q').Raw([5]).Op('(').Text("again").Op('h').Raw([5]).Text("fc.bias").Floats([3], [1, 2, 3]).End().Archive();
        yield return new TorchCheckpoint().Map().Text("t").Tensor(to => to.Storage("HalfStorage", 2, new byte[24]), 1, [2, 3], [1, 2]).End().Legacy();
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "\u00ff\u00ff\u00ff\u00ff", "cposix\nsystem\n", "ctorch\nFloatStorage\n", "R", "Q", "t", "(", "u", "h\u0005", "q\u0005", "\u0094", "]", "}", ")", "b", "\u008d\u00ff\u00ff\u00ff\u007f\0\0\0\0", "J\u00ff\u00ff\u00ff\u007f"])
        .Select(Encoding.Latin1.GetBytes);

    public override void Read(byte[] input)
    {
        using var file = WeightsFile.Open(Path);
        foreach (var tensor in file.Tensors.Where(tensor => ElementType.SizeOf(tensor.Type) > 1))
        {
            file.Read(tensor.Name);
        }
    }

    private static TorchCheckpoint Small()
    {
        var checkpoint = new TorchCheckpoint().Map().Text("state_dict").Map();
        checkpoint.Text("module.layer1.0.conv1.weight").Floats([2, 1, 1, 3], [1, 2, 3, 4, 5, 6]);
        checkpoint.Text("module.bn1.num_batches_tracked").Tensor(to => to.Storage("LongStorage", 8, new byte[8]), 0, [], []);
        return checkpoint.End().Text("epoch").Number(3).End();
    }
}
