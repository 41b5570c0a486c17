using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Numerics;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Training.Weights.Stored;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>What a checkpoint holds and where the numbers of its storages lie.</summary>
/// <param name="Root">The value of its pickle.</param>
/// <param name="Storages">Where a storage's numbers lie in the file, by its key.</param>
/// <remarks>
/// Source: torch/serialization.py. <c>torch.save</c> writes a zip archive since PyTorch 1.6 (<c>_save</c>: data.pkl, byteorder and a record
/// data/KEY for each storage, all in one folder), and wrote five pickles with the storages behind them before (<c>_legacy_save</c>).
/// </remarks>
internal sealed record TorchRecords(object? Root, FrozenDictionary<string, ZipRecord> Storages)
{
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356"); // MAGIC_NUMBER, 0x1950a86a20f9469cfc6c
    private const long LegacyProtocol = 1001;

    /// <summary>Reads a checkpoint of either form.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <exception cref="InvalidDataException">It is none, is cut short or damaged, or holds more than tensors.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TorchRecords Of(SafeFileHandle file)
    {
        var first = Start(file, 0, 4);
        return first switch
        {
            { IsEmpty: true } => throw new InvalidDataException("it is empty"),
            _ when first.Span.SequenceEqual("PK\u0003\u0004"u8) => InArchive(file),
            _ when first.Span[0] == 0x80 => Legacy(file),
            _ => throw new InvalidDataException("it is none: it begins as neither of the forms that torch.save writes"),
        };
    }

    private static TorchRecords InArchive(SafeFileHandle file)
    {
        const string Pickle = "data.pkl", ByteOrder = "byteorder";
        var records = ZipRecords.Of(file);
        var pickles = records.Keys.Where(name => name.EndsWith("/" + Pickle, StringComparison.Ordinal) && name.Count(c => c == '/') == 1).ToList();
        var folder = pickles is [var only] ? only[..^Pickle.Length] : throw new InvalidDataException(
            pickles.Count == 0 ? "it is a zip archive without an uncompressed data.pkl, which torch.save writes" : "it holds several data.pkl");
        if (records.ContainsKey(folder + "constants.pkl"))
        {
            throw new InvalidDataException("it is a TorchScript program, which is code");
        }

        if (records.TryGetValue(folder + ByteOrder, out var order) && (order.Length != "little".Length || !Start(file, order.Offset, order.Length).Span.SequenceEqual("little"u8)))
        {
            throw new InvalidDataException("its numbers are big-endian, which are not read");
        }

        var pickle = records[pickles[0]];
        if (pickle.Length > PickleReader.MostBytes)
        {
            throw new InvalidDataException("its data.pkl is larger than that of any file of weights");
        }

        var data = folder + "data/";
        return new(
            PickleReader.Read(Start(file, pickle.Offset, pickle.Length)).Value,
            records.Where(record => record.Key.StartsWith(data, StringComparison.Ordinal))
                .ToFrozenDictionary(record => record.Key[data.Length..], record => record.Value, StringComparer.Ordinal));
    }

    private static TorchRecords Legacy(SafeFileHandle file)
    {
        var rest = Start(file, 0, PickleReader.MostBytes);
        var position = 0L;
        object? Next()
        {
            var (value, length) = PickleReader.Read(rest);
            (rest, position) = (rest[length..], position + length);
            return value;
        }

        if (Next() is not BigInteger magic || magic != Magic || Next() is not LegacyProtocol)
        {
            throw new InvalidDataException("it is a pickle, but none that torch.save wrote");
        }

        if (Next() is not PickleMap system || system.Find("little_endian") is not true)
        {
            throw new InvalidDataException("its numbers are big-endian, which are not read");
        }

        var root = Next();
        var elementSizes = ElementSizes(root);
        var keys = Next() as List<object?> ?? throw new InvalidDataException("it is damaged: it lists no storages");
        var storages = new Dictionary<string, ZipRecord>(StringComparer.Ordinal);
        var fileLength = RandomAccess.GetLength(file);
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (key is not string name || !elementSizes.TryGetValue(name, out var size))
            {
                // A storage of which nothing is known can only be passed over where it is the last.
                throw new InvalidDataException("it is damaged: it lists a storage that no tensor of it has");
            }

            StoredNumbers.ReadExactly(file, count, position);
            position += sizeof(long);
            var elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements < 0 || elements > (fileLength - position) / size || !storages.TryAdd(name, new(position, elements * size)))
            {
                throw new InvalidDataException("it is cut short or damaged: a storage would reach beyond its end");
            }

            position += elements * size;
        }

        return new(root, storages.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Bytes of an element of each storage that any tensor has, those of an optimizer included.</summary>
    private static Dictionary<string, int> ElementSizes(object? root)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        var visited = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<object?>([root]);
        while (left.TryPop(out var value))
        {
            IEnumerable<object?> inner = value switch
            {
                PickleMap map when visited.Add(map) => map.Entries.SelectMany(entry => new[] { entry.Key, entry.Value }),
                List<object?> list when visited.Add(list) => list,
                PickleTuple tuple when visited.Add(tuple) => tuple.Items,
                TorchTensor { Storage: var storage } => [storage],
                _ => [],
            };
            if (value is TorchStorage { Key: var key, Type: var type } && !sizes.TryAdd(key, ElementType.SizeOf(type)) && sizes[key] != ElementType.SizeOf(type))
            {
                throw new InvalidDataException("it is damaged: a storage has two types");
            }

            foreach (var next in inner)
            {
                left.Push(next);
            }
        }

        return sizes;
    }

    private static ReadOnlyMemory<byte> Start(SafeFileHandle file, long offset, long most)
    {
        var bytes = new byte[Math.Min(most, RandomAccess.GetLength(file) - offset)];
        StoredNumbers.ReadExactly(file, bytes, offset);
        return bytes;
    }
}
