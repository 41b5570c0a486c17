namespace DistributedFreeze.Data.Archives;

/// <summary>What a header of POSIX.1-2001 (pax) says of the member behind it: lines of <c>LENGTH KEY=VALUE</c>.</summary>
internal readonly record struct PaxRecords
{
    /// <summary>The member's name; null where the header behind it has it.</summary>
    public byte[]? Name { get; private init; }

    /// <summary>Its length in bytes; null where the header behind it has it.</summary>
    public long? Length { get; private init; }

    /// <summary>Whether the member lacks the holes of its file.</summary>
    public bool IsSparse { get; private init; }

    /// <returns>Null where the lines are not right.</returns>
    public static PaxRecords? Read(ReadOnlySpan<byte> lines)
    {
        var records = default(PaxRecords);
        while (!lines.IsEmpty)
        {
            var space = lines.IndexOf((byte)' ');
            if (space is < 1 or > 9 || !int.TryParse(lines[..space], out var length) || length <= space + 1 || length > lines.Length || lines[length - 1] != (byte)'\n')
            {
                return null;
            }

            var line = lines[(space + 1)..(length - 1)];
            var equals = line.IndexOf((byte)'=');
            if (equals < 1 || With(records, line[..equals], line[(equals + 1)..]) is not { } next)
            {
                return null;
            }

            records = next;
            lines = lines[length..];
        }

        return records;
    }

    private static PaxRecords? With(PaxRecords records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("path"u8))
        {
            return records with { Name = value.ToArray() };
        }

        if (key.SequenceEqual("size"u8))
        {
            return long.TryParse(value, out var length) && length >= 0 ? records with { Length = length } : null;
        }

        return key.StartsWith("GNU.sparse."u8) ? records with { IsSparse = true } : records;
    }
}
