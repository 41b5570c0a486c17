namespace DistributedFreeze.Data.Augmentation;

/// <summary>Turns an image round in place.</summary>
internal static class Mirror
{
    /// <summary>Left and right change places.</summary>
    /// <param name="rgb">[row, column, channel] bytes.</param>
    /// <param name="width">Pixels of a row.</param>
    public static void LeftRight(Span<byte> rgb, int width)
    {
        for (var row = rgb; row.Length > 0; row = row[(width * 3)..])
        {
            for (int left = 0, right = (width - 1) * 3; left < right; left += 3, right -= 3)
            {
                (row[left], row[right]) = (row[right], row[left]);
                (row[left + 1], row[right + 1]) = (row[right + 1], row[left + 1]);
                (row[left + 2], row[right + 2]) = (row[right + 2], row[left + 2]);
            }
        }
    }
}
