using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>A safetensors file, its names untouched.</summary>
/// <remarks>
/// Opening reads and checks the header; each read is one positioned read of the file, so several threads may read at once and a file
/// that is cut short meanwhile gives an error, where a memory map would end the process. The data itself carries no checksum.
/// </remarks>
public sealed class SafetensorsFile : ITensorFile
{
    private readonly SafeFileHandle _file;
    private readonly string _field;
    private readonly long _data;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, (TensorInfo Info, long Offset)> _byName;

    private SafetensorsFile(string path, string field, SafeFileHandle file, long data, SafetensorsHeader header)
    {
        (Path, _field, _file, _data, _header) = (path, field, file, data, header);
        _byName = header.Tensors.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        Tensors = header.Tensors.Select(tensor => tensor.Info).ToImmutableArray();
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public string Format => "safetensors";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">What errors name as the field at fault; null takes the path.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, cut short, damaged or no safetensors file.</exception>
    public static SafetensorsFile Open(string path, string? field = null)
    {
        field ??= path;
        SafeFileHandle? file = null;
        try
        {
            file = RootedFiles.OpenRead(path);
            var length = RandomAccess.GetLength(file);
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthSize];
            StoredNumbers.ReadExactly(file, prefix, 0);
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > SafetensorsHeader.MaxLength || (long)headerLength > length - SafetensorsHeader.LengthSize)
            {
                throw new InvalidDataException("it is cut short, or is no safetensors file: its header would be longer than the file or 100 MB");
            }

            var json = new byte[headerLength];
            StoredNumbers.ReadExactly(file, json, SafetensorsHeader.LengthSize);
            if (!json.AsSpan().StartsWith("{"u8))
            {
                throw new InvalidDataException("it is no safetensors file: no JSON begins at its ninth byte");
            }

            var data = SafetensorsHeader.LengthSize + (long)headerLength;
            return new(path, field, file, data, SafetensorsHeader.Parse(json, length - data));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw Unreadable(path, field, e);
        }
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        var (info, offset) = Find(name, destination.Length);
        try
        {
            if (!StoredNumbers.TryRead(_file, _data + offset, info.Type, destination))
            {
                throw new InvalidDataException($"{name} has type {info.Type}; F32, F16, BF16, F64 or I64 would be right");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Unreadable(Path, _field, e);
        }
    }

    /// <summary>Reads a tensor of type I64 exactly.</summary>
    /// <param name="name">A name of <see cref="Tensors"/>.</param>
    /// <param name="destination">Receives the elements; exactly as long as the tensor has elements.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="InvalidInputException">The file is damaged, or the tensor's type is another.</exception>
    public void Read(string name, Span<long> destination)
    {
        var (info, offset) = Find(name, destination.Length);
        try
        {
            if (info.Type != ElementType.I64)
            {
                throw new InvalidDataException($"{name} has type {info.Type}; I64 would be right");
            }

            StoredNumbers.ReadExactly(_file, MemoryMarshal.AsBytes(destination), _data + offset);
            if (!BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.ReverseEndianness(destination, destination);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Unreadable(Path, _field, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private (TensorInfo Info, long Offset) Find(string name, int length)
    {
        var found = _byName.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"{Path} has no tensor {name}.");
        return found.Info.Elements == length
            ? found
            : throw new ArgumentException($"{name} has {found.Info.Elements} elements, not {length}.", nameof(length));
    }

    private static InvalidInputException Unreadable(string path, string field, Exception e) =>
        new(field, $"{path} cannot be read as safetensors: {e.Message.TrimEnd('.')}");
}
