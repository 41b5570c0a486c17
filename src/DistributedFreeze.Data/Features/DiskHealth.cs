namespace DistributedFreeze.Data.Features;

/// <summary>Whether a store still writes to its folder. Thread-safe.</summary>
internal sealed class DiskHealth
{
    private string? _problem;

    /// <summary>Why nothing more is written; null while all is well.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Ends writing for good; the first reason is the one that is told.</summary>
    public void Fail(string folder, Exception reason) =>
        Interlocked.CompareExchange(ref _problem, $"{folder} is not written to any more: {reason.Message.TrimEnd('.')}", null);
}
