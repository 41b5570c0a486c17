using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>Two things done with the same values at once.</summary>
internal static class SideBySide
{
    /// <summary>Below this many, another thread costs more than it saves.</summary>
    private const int Few = 1 << 15;

    /// <summary>Shows values to two readers, to one of them on another thread; both have ended when it returns.</summary>
    /// <param name="values">The values.</param>
    /// <param name="beside">The one on another thread, where that pays.</param>
    /// <param name="here">The one on this thread.</param>
    /// <remarks>What either throws is thrown here; where both do, what <paramref name="beside"/> threw.</remarks>
    public static unsafe void Read(ReadOnlySpan<float> values, HostMemory.Reader beside, HostMemory.Reader here)
    {
        if (values.Length < Few)
        {
            beside(values);
            here(values);
            return;
        }

        fixed (float* first = values)
        {
            var (address, length) = ((nint)first, values.Length);
            var other = Task.Run(() => beside(new ReadOnlySpan<float>((float*)address, length)));
            try
            {
                here(values);
            }
            finally
            {
                other.GetAwaiter().GetResult();
            }
        }
    }
}
