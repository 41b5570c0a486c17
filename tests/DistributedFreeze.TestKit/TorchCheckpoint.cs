using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace DistributedFreeze.TestKit;

/// <summary>Writes what torch.save writes, operation by operation (Lib/pickletools.py, torch/serialization.py), right or wrong as a test wants it.</summary>
public sealed class TorchCheckpoint
{
    private readonly ArrayBufferWriter<byte> _pickle = new();
    private readonly List<(string Key, byte[] Bytes, int Size)> _storages = [];

    public TorchCheckpoint() => Raw([0x80, 2]);

    public TorchCheckpoint Raw(ReadOnlySpan<byte> bytes)
    {
        _pickle.Write(bytes);
        return this;
    }

    public TorchCheckpoint Op(char operation) => Raw([(byte)operation]);

    public TorchCheckpoint Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public TorchCheckpoint Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Op('X').Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public TorchCheckpoint Number(int number) => Op('J').Raw(BitConverter.GetBytes(number));

    public TorchCheckpoint Numbers(params int[] numbers)
    {
        Op('(');
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Op('t');
    }

    /// <summary>A dictionary whose entries follow; <see cref="End"/> ends it.</summary>
    public TorchCheckpoint Map() => Global("collections", "OrderedDict").Op(')').Op('R').Op('(');

    public TorchCheckpoint End() => Op('u');

    /// <summary>A storage with numbers of its own, as (size of an element, bytes).</summary>
    public TorchCheckpoint Storage(string type, int size, byte[] bytes, int? claimed = null)
    {
        var key = $"{_storages.Count}";
        _storages.Add((key, bytes, size));
        return StorageId(key, type, claimed ?? (bytes.Length / size));
    }

    public TorchCheckpoint StorageId(string key, string type, int elements) =>
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(elements).Op('t').Op('Q');

    /// <summary>A tensor over a storage that the caller writes.</summary>
    public TorchCheckpoint Tensor(Action<TorchCheckpoint> storage, int offset, int[] shape, int[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        storage(this);
        return Number(offset).Numbers(shape).Numbers(strides).Op('\x89').Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    /// <summary>A whole tensor of 32-bit floats.</summary>
    public TorchCheckpoint Floats(long[] shape, ReadOnlySpan<float> values)
    {
        var (bytes, strides) = (System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray(), new int[shape.Length]);
        for (var (axis, stride) = (shape.Length - 1, 1); axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= (int)shape[axis];
        }

        return Tensor(checkpoint => checkpoint.Storage("FloatStorage", sizeof(float), bytes), 0, [.. shape.Select(size => (int)size)], strides);
    }

    /// <summary>The archive that torch.save writes since PyTorch 1.6.</summary>
    public byte[] Archive(CompressionLevel level = CompressionLevel.NoCompression, params (string Name, string Text)[] more)
    {
        Op('.');
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in _storages.Select(storage => ($"data/{storage.Key}", storage.Bytes))
                .Prepend(("data.pkl", _pickle.WrittenSpan.ToArray())).Concat(more.Select(record => (record.Name, Encoding.UTF8.GetBytes(record.Text)))))
            {
                using var entry = zip.CreateEntry($"archive/{name}", level).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    /// <summary>The form of before.</summary>
    public byte[] Legacy()
    {
        Op('.');
        var keys = new TorchCheckpoint().Op(']').Op('(');
        foreach (var (key, _, _) in _storages)
        {
            keys.Text(key);
        }

        return
        [
            0x80, 2, 0x8a, 10, .. Convert.FromHexString("6cfc9c46f9206aa85019"), (byte)'.',
            0x80, 2, (byte)'M', 0xe9, 3, (byte)'.',
            .. new TorchCheckpoint().Op('}').Op('(').Text("little_endian").Op('\x88').Op('u').Op('.')._pickle.WrittenSpan.ToArray(),
            .. _pickle.WrittenSpan.ToArray(),
            .. keys.Op('e').Op('.')._pickle.WrittenSpan.ToArray(),
            .. _storages.SelectMany(storage => BitConverter.GetBytes((long)(storage.Bytes.Length / storage.Size)).Concat(storage.Bytes)),
        ];
    }
}
