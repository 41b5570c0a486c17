using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>SHA-256 over named tensors, the same whatever file, machine or time they come from.</summary>
/// <remarks>
/// <para>
/// The digest is taken over the tensors in ordinal order of their names, each as: the number of bytes of the name in UTF-8 (int32), those
/// bytes; the number of bytes of the type (int32, 3), <c>F32</c> in ASCII; the number of dimensions (int32), each size (int64); the
/// elements row by row (IEEE 754 binary32, bit for bit: -0 and 0 differ, and so do two NaNs). All numbers are little-endian.
/// </para>
/// <para>A model's hash is this over all its trained tensors, a layer's over the tensors of the layer. Not thread-safe.</para>
/// </remarks>
internal sealed class TensorHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string? _last;

    /// <summary>Adds the next tensor.</summary>
    /// <param name="name">Its name, after the one before in ordinal order.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <param name="values">Its elements, row by row.</param>
    /// <exception cref="ArgumentException">The name is out of order or was added before, or the shape has another number of elements.</exception>
    public void Add(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        if (_last is not null && string.CompareOrdinal(_last, name) >= 0)
        {
            throw new ArgumentException($"{name} comes after {_last}; the order is ordinal and each name comes once.", nameof(name));
        }

        var elements = 1L;
        foreach (var size in shape)
        {
            elements = checked(elements * size);
        }

        if (elements != values.Length)
        {
            throw new ArgumentException($"{name} has {values.Length} elements, its shape {elements}.", nameof(values));
        }

        _last = name;
        Add(Encoding.UTF8.GetBytes(name));
        Add("F32"u8);
        Add(shape.Length);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (var size in shape)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, size);
            _hash.AppendData(bytes);
        }

        AddElements(values);
    }

    /// <summary>Ends this digest and begins anew.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public string Finish()
    {
        _last = null;
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(ReadOnlySpan<byte> text)
    {
        Add(text.Length);
        _hash.AppendData(text);
    }

    private void Add(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    private void AddElements(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            _hash.AppendData(MemoryMarshal.AsBytes(values));
            return;
        }

        var reversed = new int[values.Length];
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(values), reversed);
        _hash.AppendData(MemoryMarshal.AsBytes(reversed.AsSpan()));
    }
}
