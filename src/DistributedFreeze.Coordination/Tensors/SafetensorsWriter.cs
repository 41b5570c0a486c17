using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>Writes a safetensors file that appears whole or not at all.</summary>
/// <remarks>
/// The tensors are announced first and may then be written in any order, each once; <see cref="Commit"/> flushes to the disk and renames,
/// replacing a file of that name, and disposing without it leaves nothing behind. The same content gives the same bytes: names and metadata
/// stand in ordinal order, the header is padded with spaces to a multiple of 8 bytes, and 8-byte elements come before 4-byte ones, so all
/// are aligned. The format is that of the README of github.com/huggingface/safetensors. Not thread-safe.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, (TensorInfo Info, long Offset)> _pending = new(StringComparer.Ordinal);
    private readonly ImmutableArray<(TensorInfo Info, long Offset)> _tensors; // by name; offsets count from the header's end
    private readonly int _headerLength;
    private bool _committed;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to appear; its folder exists.</param>
    /// <param name="tensors">Every tensor to be written, of type F32 or I64, in any order.</param>
    /// <param name="metadata">Free text to store beside them; null stores none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, a name is <c>__metadata__</c>, a type is another or a size negative.</exception>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public SafetensorsWriter(string path, IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ImmutableArray<TensorInfo> all = [.. tensors];
        foreach (var tensor in all)
        {
            if (tensor.Type is not (ElementType.F32 or ElementType.I64) || tensor.Name == SafetensorsHeader.MetadataKey || tensor.Shape.Any(size => size < 0))
            {
                throw new ArgumentException($"{tensor.Name} of type {tensor.Type} cannot be written.", nameof(tensors));
            }
        }

        var data = 0L;
        foreach (var tensor in all.OrderByDescending(tensor => ElementType.SizeOf(tensor.Type)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            if (!_pending.TryAdd(tensor.Name, (tensor, data)))
            {
                throw new ArgumentException($"{tensor.Name} is announced twice.", nameof(tensors));
            }

            data = checked(data + (tensor.Elements * ElementType.SizeOf(tensor.Type)));
        }

        _tensors = [.. _pending.Values.OrderBy(tensor => tensor.Info.Name, StringComparer.Ordinal)];
        var header = Header(metadata);
        _headerLength = header.Length;
        foreach (var (name, (info, offset)) in _pending.ToArray())
        {
            _pending[name] = (info, offset + header.Length);
        }

        _path = Path.GetFullPath(path);
        _temporary = AtomicFile.NameFor(_path);
        var length = header.Length + data;
        _file = UnfinishedFiles.Begin(
            _temporary, name => File.OpenHandle(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, preallocationSize: length));
        try
        {
            RootedFiles.RequireCreated(_file, _temporary);
            RandomAccess.Write(_file, header, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes one tensor of type F32.</summary>
    /// <param name="name">An announced name that was not yet written.</param>
    /// <param name="values">Its elements, row by row (last index fastest).</param>
    /// <exception cref="ArgumentException">The name was not announced with that type and number of elements, or was written before.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(string name, ReadOnlySpan<float> values) => Write(name, ElementType.F32, MemoryMarshal.Cast<float, int>(values));

    /// <summary>Writes one tensor of type I64.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{float})"/>
    public void Write(string name, ReadOnlySpan<long> values)
    {
        var offset = Take(name, ElementType.I64, values.Length);
        if (BitConverter.IsLittleEndian)
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(values), offset);
            return;
        }

        var reversed = new long[values.Length];
        BinaryPrimitives.ReverseEndianness(values, reversed);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(reversed.AsSpan()), offset);
    }

    /// <summary>Puts other metadata in the place of what was given, such as a hash of what has been written since. Before <see cref="Commit"/>.</summary>
    /// <param name="metadata">As long, in the header's JSON, as what it replaces.</param>
    /// <exception cref="ArgumentException">It is longer or shorter.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public void ReplaceMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        var header = Header(metadata);
        if (header.Length != _headerLength)
        {
            throw new ArgumentException($"The header would have {header.Length} bytes instead of {_headerLength}.", nameof(metadata));
        }

        RandomAccess.Write(_file, header, 0);
    }

    /// <summary>Makes the file appear under its name.</summary>
    /// <exception cref="InvalidOperationException">A tensor was announced and not written, or this was called before.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">A file of that name may not be replaced.</exception>
    public void Commit()
    {
        if (_committed || _pending.Count > 0)
        {
            throw new InvalidOperationException(_committed ? "The file is complete." : $"{_pending.Keys.Min(StringComparer.Ordinal)} was not written.");
        }

        RandomAccess.FlushToDisk(_file);
        RootedFiles.Require(_file, _temporary);
        _file.Dispose();
        RootedFiles.Replace(_temporary, _path);
        _committed = true;
    }

    /// <summary>Closes the file and, unless it was committed, deletes what was written.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_committed)
        {
            UnfinishedFiles.End(_temporary);
        }
        else
        {
            UnfinishedFiles.Remove(_temporary);
        }
    }

    private void Write(string name, string type, ReadOnlySpan<int> values)
    {
        var offset = Take(name, type, values.Length);
        if (BitConverter.IsLittleEndian)
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(values), offset);
            return;
        }

        var reversed = new int[values.Length];
        BinaryPrimitives.ReverseEndianness(values, reversed);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(reversed.AsSpan()), offset);
    }

    private long Take(string name, string type, int length)
    {
        if (!_pending.TryGetValue(name, out var tensor) || tensor.Info.Type != type || tensor.Info.Elements != length)
        {
            throw new ArgumentException($"{name} was not announced as {length} elements of {type}, or was written before.", nameof(name));
        }

        _pending.Remove(name);
        return tensor.Offset;
    }

    private byte[] Header(IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (var (info, offset) in _tensors)
            {
                json.WriteStartObject(info.Name);
                json.WriteString("dtype", info.Type);
                json.WriteStartArray("shape");
                foreach (var size in info.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset + (info.Elements * ElementType.SizeOf(info.Type)));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        const int Alignment = 8;
        var padded = (buffer.WrittenCount + Alignment - 1) / Alignment * Alignment;
        var header = new byte[SafetensorsHeader.LengthSize + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        buffer.WrittenSpan.CopyTo(header.AsSpan(SafetensorsHeader.LengthSize));
        header.AsSpan(SafetensorsHeader.LengthSize + buffer.WrittenCount).Fill((byte)' ');
        return header;
    }
}
