using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>The records of a trial: the same numbers but for the first and the last, which tell the record.</summary>
internal sealed class TrialRecords
{
    private readonly ImageHash[] _images;
    private readonly float[] _values;
    private readonly float[] _read;

    public TrialRecords(int count, int elements)
    {
        (Count, Elements) = (count, elements);
        _images = [.. Enumerable.Range(0, count).Select(number => ImageHash.Of(BitConverter.GetBytes(number)))];
        var random = new Random(elements);
        _values = [.. Enumerable.Range(0, elements).Select(_ => random.NextSingle())];
        _read = new float[elements];
    }

    public int Count { get; }

    public int Elements { get; }

    /// <returns>Whether there was room.</returns>
    public bool Write(IRecordStore store, int number)
    {
        (_values[0], _values[^1]) = (number, number);
        return store.Write(_images[number], _values);
    }

    /// <returns>Whether it is there.</returns>
    /// <exception cref="InvalidDataException">It is another record than was written: nothing may bring that about.</exception>
    public bool Read(IRecordStore store, int number, bool whole = false)
    {
        if (!store.TryRead(_images[number], _read))
        {
            return false;
        }

        (_values[0], _values[^1]) = (number, number);
        return _read[0] == number && _read[^1] == number && (!whole || _read.AsSpan().SequenceEqual(_values))
            ? true
            : throw new InvalidDataException($"Record {number} was served wrong.");
    }

    /// <summary>Every number once, by chance.</summary>
    public int[] Shuffled()
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        new Random(7).Shuffle(order);
        return order;
    }
}
