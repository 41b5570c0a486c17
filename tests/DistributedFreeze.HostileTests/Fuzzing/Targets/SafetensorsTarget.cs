using System.Text;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A file of weights in safetensors, as a run opens it and <c>predict</c> its model.</summary>
internal sealed class SafetensorsTarget(string folder) : FuzzTarget(folder)
{
    private static readonly TensorSpec[] Wanted = [.. LayerTable.For(NetworkGraph.KerasV1).Layers.SelectMany(layer => layer.Tensors)];

    public override string Name => "safetensors";

    public override int Inputs => 5_000;

    protected override string Ending => ".safetensors";

    public override IEnumerable<byte[]> Seeds()
    {
        yield return Of("""{"__metadata__":{"format":"pt","a":"b"},"conv1_conv.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"x":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}""", 32);
        yield return Of("""{"module.layer1.0.conv1.weight":{"dtype":"F16","shape":[2,1,1,3],"data_offsets":[0,12]},"module.bn1.num_batches_tracked":{"dtype":"I64","shape":[1],"data_offsets":[12,20]}}""", 20);
        yield return Of("""{"resnet.encoder.stages.0.layers.0.layer.0.convolution.weight":{"dtype":"BF16","shape":[0,7],"data_offsets":[0,0]},"fc.bias":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}""", 16);
        yield return Of("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}     """, 3);
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["\"F32\"", "\"F16\"", "\"BF16\"", "\"F64\"", "\"I64\"", "\"BOOL\"", "\"dtype\"", "\"shape\"", "[0]", "[]", "[9223372036854775807,0]", "[4611686018427387904,4,0]", ",4611686018427387904", "-1", "1e9", "\\ud800", "null", "{", "}", "[[[[[[[[", "\"__metadata__\""])
        .Select(Encoding.UTF8.GetBytes);

    public override byte[] Mend(byte[] input)
    {
        // The length of the header, which nearly every change of it makes wrong.
        var end = Array.LastIndexOf(input, (byte)'}') + 1;
        if (input.Length > 16 && end > 8 && input[8] == (byte)'{' && Toss(input))
        {
            BitConverter.TryWriteBytes(input, (long)end - 8);
        }

        return input;
    }

    public override void Read(byte[] input)
    {
        using var file = WeightsFile.Open(Path);
        foreach (var tensor in file.Tensors.Where(tensor => ElementType.SizeOf(tensor.Type) > 1))
        {
            file.Read(tensor.Name);
        }

        ModelHash.Of(file);
        try
        {
            WeightsCheck.Compare(Wanted, file);
        }
        catch (InvalidInputException)
        {
            // So small a file is no network, and how it says that is all that is tried here.
        }
    }

    private static byte[] Of(string header, int data) =>
        [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. Enumerable.Range(1, data).Select(i => (byte)i)];
}
