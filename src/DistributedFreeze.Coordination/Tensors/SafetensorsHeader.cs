using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>The JSON header of a safetensors file, checked.</summary>
/// <param name="Tensors">Every tensor with where its data begins, in bytes after the header; by name in ordinal order.</param>
/// <param name="Metadata">The strings under <c>__metadata__</c>.</param>
/// <remarks>
/// The format is that of the README of github.com/huggingface/safetensors: 8 bytes with the header's length N (unsigned, little-endian),
/// N bytes of JSON that begin with <c>{</c> and may end with spaces, then the data, which the tensors cover without hole or overlap.
/// </remarks>
internal sealed record SafetensorsHeader(ImmutableArray<(TensorInfo Info, long Offset)> Tensors, FrozenDictionary<string, string> Metadata)
{
    public const int LengthSize = 8;

    /// <summary>The reference implementation's own limit.</summary>
    public const int MaxLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes in the file after the header.</param>
    /// <exception cref="InvalidDataException">The header is damaged or does not agree with the file's length.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var header = Read(ref reader);
            while (reader.Read())
            {
                // Nothing but white space may follow; the reader throws at anything else.
            }

            CheckRanges(header.Tensors, dataLength);
            return header with { Tensors = header.Tensors.Sort((a, b) => string.CompareOrdinal(a.Info.Name, b.Info.Name)) };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader says InvalidOperationException to a string that is no valid UTF-8.
            throw new InvalidDataException("its header is no valid JSON", e);
        }
    }

    private static SafetensorsHeader Read(ref Utf8JsonReader reader)
    {
        var tensors = ImmutableArray.CreateBuilder<(TensorInfo, long)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw new InvalidDataException($"its header names {name} twice");
            }

            if (name == MetadataKey)
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                tensors.Add(ReadTensor(ref reader, name));
            }
        }

        return new(tensors.ToImmutable(), metadata.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String);
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new InvalidDataException($"its metadata names {key} twice");
            }
        }
    }

    private static (TensorInfo Info, long Offset) ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        ImmutableArray<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            switch (reader.GetString())
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String);
                    type = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name);
                    break;
                case var other:
                    throw new InvalidDataException($"its header says {other} of {name}, unknown or twice");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw new InvalidDataException($"its header lacks the type, shape or place of {name}");
        }

        var elementSize = ElementType.SizeOf(type);
        if (elementSize == 0)
        {
            throw new InvalidDataException($"{name} has the unknown type {type}");
        }

        if (begin > end || Bytes(shape.Value, elementSize) != end - begin)
        {
            throw new InvalidDataException($"the data of {name} does not have the length of its shape");
        }

        return (new(name, type, shape.Value), begin);
    }

    private static ImmutableArray<long> ReadNumbers(ref Utf8JsonReader reader, string name)
    {
        var numbers = ImmutableArray.CreateBuilder<long>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (Next(ref reader) == JsonTokenType.Number)
        {
            numbers.Add(reader.TryGetInt64(out var number) && number >= 0
                ? number
                : throw new InvalidDataException($"its header has a number for {name} that is no size"));
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? numbers.ToImmutable()
            : throw new InvalidDataException($"its header has something else than numbers for {name}");
    }

    /// <returns>The size of a tensor's data, or -1 where it is beyond any file's, also but for a size of 0: others multiply them in their own order.</returns>
    private static long Bytes(ImmutableArray<long> shape, int elementSize)
    {
        UInt128 bytes = (UInt128)elementSize;
        foreach (var size in shape)
        {
            bytes *= (UInt128)Math.Max(1, size);
            if (bytes > long.MaxValue)
            {
                return -1;
            }
        }

        return shape.Contains(0) ? 0 : (long)bytes;
    }

    private static void CheckRanges(ImmutableArray<(TensorInfo Info, long Offset)> tensors, long dataLength)
    {
        var end = 0L;
        foreach (var (info, offset) in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Info.Elements))
        {
            if (offset != end)
            {
                throw new InvalidDataException($"the data of {info.Name} overlaps another tensor's or leaves a hole");
            }

            end += Bytes(info.Shape, ElementType.SizeOf(info.Type));
            if (end > dataLength || end < 0)
            {
                throw new InvalidDataException($"it is cut short: the data of {info.Name} ends beyond the file");
            }
        }

        if (end != dataLength)
        {
            throw new InvalidDataException($"{dataLength - end} bytes at its end belong to no tensor");
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new InvalidDataException("its header ends too early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (Next(ref reader) != token)
        {
            throw new InvalidDataException($"its header has {reader.TokenType} where {token} belongs");
        }
    }
}
