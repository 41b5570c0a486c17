namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Standard output cannot be written.</summary>
/// <param name="isUnwanted">Whether its reader has gone, as <c>head</c> does, which is no error.</param>
/// <param name="reason">Why, in the system's words.</param>
internal sealed class OutputLostException(bool isUnwanted, string reason) : IOException(reason)
{
    public bool IsUnwanted { get; } = isUnwanted;
}
