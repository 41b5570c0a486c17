namespace DistributedFreeze.Cli.Verify;

/// <summary>Something that is not as it was when a run trained.</summary>
/// <param name="What">What, in a word or two.</param>
/// <param name="Then">As the receipt has it.</param>
/// <param name="Now">As it is now.</param>
internal sealed record Difference(string What, string Then, string Now);
