using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A tensor to be written into a checkpoint.</summary>
/// <param name="Name">Its name in the state dict.</param>
/// <param name="Type">F32 or I64.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Numbers">Gives its numbers, row by row, as little-endian bytes.</param>
internal sealed record CheckpointTensor(string Name, string Type, ImmutableArray<long> Shape, Func<ReadOnlyMemory<byte>> Numbers)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>Writes a state dict as <c>torch.save</c> does since PyTorch 1.6, for <c>torch.load</c> also with <c>weights_only</c>.</summary>
/// <remarks>
/// Source: torch/serialization.py, <c>_save</c>: an uncompressed zip archive with data.pkl, byteorder, version and a record for each storage.
/// The pickle names <c>collections.OrderedDict</c>, <c>torch._utils._rebuild_tensor_v2</c> and types of storages, and nothing else.
/// </remarks>
internal static class TorchCheckpointWriter
{
    private const string Folder = "archive";

    /// <summary>Writes a checkpoint; one tensor at a time is in memory.</summary>
    /// <param name="stream">Receives it; it can seek.</param>
    /// <param name="tensors">The state dict, in the order in which PyTorch is to list it.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(Stream stream, IReadOnlyList<CheckpointTensor> tensors)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(archive, "data.pkl", Pickle(tensors));
        Add(archive, "byteorder", "little"u8.ToArray());
        foreach (var (key, tensor) in tensors.Index())
        {
            Add(archive, $"data/{key}", tensor.Numbers());
        }

        Add(archive, "version", "3\n"u8.ToArray()); // caffe2/serialize/versions.h: the least that reads it
    }

    private static void Add(ZipArchive archive, string name, ReadOnlyMemory<byte> bytes)
    {
        var entry = archive.CreateEntry($"{Folder}/{name}", CompressionLevel.NoCompression);
        entry.LastWriteTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same network gives the same bytes
        using var record = entry.Open();
        record.Write(bytes.Span);
    }

    private static byte[] Pickle(IReadOnlyList<CheckpointTensor> tensors)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write((byte)0x80); // PROTO
        writer.Write((byte)2);
        OrderedDictionary(writer);
        writer.Write((byte)'(');
        foreach (var (key, tensor) in tensors.Index())
        {
            Text(writer, tensor.Name);
            Tensor(writer, tensor, $"{key}");
        }

        writer.Write((byte)'u');
        writer.Write((byte)'.');
        writer.Flush();
        return stream.ToArray();
    }

    private static void Tensor(BinaryWriter writer, CheckpointTensor tensor, string key)
    {
        Global(writer, "torch._utils", "_rebuild_tensor_v2");
        writer.Write((byte)'(');
        writer.Write((byte)'(');
        Text(writer, "storage");
        Global(writer, "torch", tensor.Type == ElementType.I64 ? "LongStorage" : "FloatStorage");
        Text(writer, key);
        Text(writer, "cpu");
        Number(writer, tensor.Elements);
        writer.Write((byte)'t');
        writer.Write((byte)'Q');
        Number(writer, 0);
        Numbers(writer, tensor.Shape);
        Numbers(writer, Strides(tensor.Shape));
        writer.Write((byte)0x89); // no gradient is required
        OrderedDictionary(writer); // no hooks
        writer.Write((byte)'t');
        writer.Write((byte)'R');
    }

    private static ImmutableArray<long> Strides(ImmutableArray<long> shape)
    {
        var strides = new long[shape.Length];
        for (var (axis, stride) = (shape.Length - 1, 1L); axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return [.. strides];
    }

    private static void OrderedDictionary(BinaryWriter writer)
    {
        Global(writer, "collections", "OrderedDict");
        writer.Write((byte)')');
        writer.Write((byte)'R');
    }

    private static void Global(BinaryWriter writer, string module, string name) => writer.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((byte)'X');
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void Numbers(BinaryWriter writer, ImmutableArray<long> numbers)
    {
        writer.Write((byte)'(');
        foreach (var number in numbers)
        {
            Number(writer, number);
        }

        writer.Write((byte)'t');
    }

    private static void Number(BinaryWriter writer, long number)
    {
        writer.Write((byte)'J');
        writer.Write(checked((int)number));
    }
}
