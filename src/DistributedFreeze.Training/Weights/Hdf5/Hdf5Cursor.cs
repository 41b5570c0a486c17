using System.Buffers.Binary;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Takes fields off the front of some bytes; one that would reach beyond their end is refused.</summary>
internal ref struct Hdf5Cursor(ReadOnlySpan<byte> bytes)
{
    /// <summary>The bytes not taken yet.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Rest.Length)
        {
            throw new InvalidDataException("it is damaged: one of its structures is shorter than it says");
        }

        var taken = Rest[..(int)count];
        Rest = Rest[(int)count..];
        return taken;
    }

    public void Skip(ulong count) => Take(count);

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A number of 1 to 8 bytes.</summary>
    public ulong Number(int width)
    {
        if (width is < 1 or > sizeof(ulong))
        {
            throw new InvalidDataException($"it is damaged: a number in it would be {width} bytes wide");
        }

        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        wide.Clear();
        Take((ulong)width).CopyTo(wide);
        return BinaryPrimitives.ReadUInt64LittleEndian(wide);
    }

    /// <summary>Takes a structure's signature and version.</summary>
    public void Expect(ReadOnlySpan<byte> signature, byte version)
    {
        Expect(signature);
        if (Byte() is var found && found != version)
        {
            throw new InvalidDataException($"it is damaged or too new: {System.Text.Encoding.ASCII.GetString(signature)} has version {found} instead of {version}");
        }
    }

    /// <summary>Takes a structure's signature.</summary>
    public void Expect(ReadOnlySpan<byte> signature)
    {
        if (!Take((ulong)signature.Length).SequenceEqual(signature))
        {
            throw new InvalidDataException($"it is damaged: {System.Text.Encoding.ASCII.GetString(signature)} is not where it should be");
        }
    }
}
