using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A checkpoint, as a run that goes on reads it. Its hashes are made right again: whoever writes one can reckon them.</summary>
internal sealed class CheckpointTarget : FuzzTarget
{
    private static readonly RunSpec Spec = new()
    {
        Data = new() { Path = "/data" },
        Phases = [new() { Epochs = 3, Freeze = new FreezePolicy.LastLayers(1) }],
        Output = "/out",
    };

    private readonly OutputFolder _output;

    public CheckpointTarget(string folder)
        : base(folder)
    {
        LibTorch.EnsureLoaded();
        _output = new(folder);
    }

    public override string Name => "checkpoint";

    public override int Inputs => 3_000;

    public override bool IsNative => true;

    public override string Path => _output.Checkpoint;

    public override IEnumerable<byte[]> Seeds()
    {
        var progress = new RunProgress { Epoch = 1, Step = 2, LossSum = 0.5, Epochs = [new() { Phase = 0, Epoch = 0, TrainLoss = 1, TrainAccuracy = 0.5, Seconds = 3, ImagesPerSecond = 4 }] };
        var stamp = new CheckpointStamp { SpecKey = RunSpecKey.Of(Spec), DataHash = "d", BaseHash = "b", Phase = 0, MaskHash = "m", Progress = CheckpointProgress.Format(progress) };
        foreach (var infos in (TensorInfo[][])[[new("predictions.weight", "F32", [2, 3]), new("predictions.bias", "F32", [3])], [new("a", "F32", [0, 2]), new("optimizer.velocity", "F32", [4])]])
        {
            using (var writer = new SafetensorsWriter(Path, infos, CheckpointHeader.Of(stamp, "")))
            {
                foreach (var info in infos)
                {
                    writer.Write(info.Name, new float[info.Elements].AsSpan());
                }

                writer.Commit();
            }

            yield return Mend(File.ReadAllBytes(Path));
        }
    }

    public override IEnumerable<byte[]> Words() =>
        ((string[])["\"F32\"", "\"I64\"", "\"F16\"", "[9223372036854775807,0]", "[4611686018427387904,4,0]", "[0]", "null", "\\u0022phase\\u0022:", "\\u0022epochs\\u0022:[null]", "-1", "2147483647", "1e400", "\"progress\"", "\"phase\"", "\"sha256\""])
        .Select(Encoding.UTF8.GetBytes);

    public override byte[] Mend(byte[] input)
    {
        try
        {
            var length = (int)Math.Min(BitConverter.ToUInt64(input), (ulong)input.Length - 8);
            if (JsonNode.Parse(input.AsSpan(8, length)) is not JsonObject header || header["__metadata__"] is not JsonObject metadata)
            {
                return input;
            }

            var data = input.AsSpan(8 + length);
            var tensors = header.Where(entry => entry.Key != "__metadata__").Select(entry => (entry.Key, Value: (JsonObject)entry.Value!)).OrderBy(entry => entry.Key, StringComparer.Ordinal);
            using var hash = new TensorHash();
            foreach (var (name, tensor) in tensors)
            {
                var start = (int)tensor["data_offsets"]![0]!;
                var values = new float[((int)tensor["data_offsets"]![1]! - start) / sizeof(float)];
                Buffer.BlockCopy(data.ToArray(), start, values, 0, values.Length * sizeof(float));
                hash.Add(name, tensor["shape"]!.AsArray().Select(size => (long)size!).ToArray(), values);
            }

            metadata["sha256"] = hash.Finish();
            metadata.Remove("metadataSha256");
            metadata["metadataSha256"] = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
                metadata.Select(entry => KeyValuePair.Create(entry.Key, (string)entry.Value!)).OrderBy(entry => entry.Key, StringComparer.Ordinal))));
            var json = JsonSerializer.SerializeToUtf8Bytes(header);
            return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException or OverflowException or NullReferenceException or InvalidCastException)
        {
            return input; // too damaged for a header
        }
    }

    public override void Read(byte[] input)
    {
        _ = CheckpointProgress.NewestWhole(_output, Spec, out _);
        using (CheckpointFile.Open(Path))
        {
        }

        CheckpointProgress.RequireWhole(_output, Spec);
    }
}
