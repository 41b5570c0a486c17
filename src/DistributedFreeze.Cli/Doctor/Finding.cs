namespace DistributedFreeze.Cli.Doctor;

/// <summary>Something that is missing or bad.</summary>
/// <param name="About">What of, such as <c>libtorch</c>.</param>
/// <param name="What">What is wrong, in one sentence without its full stop.</param>
/// <param name="Advice">What to do about it, in one sentence without its full stop; null where <paramref name="What"/> says it.</param>
/// <param name="Stops">Whether a run would fail of it.</param>
internal sealed record Finding(string About, string What, string? Advice, bool Stops)
{
    /// <summary>Both sentences.</summary>
    public override string ToString() => $"{About}: {What.TrimEnd('.')}.{(Advice is null ? "" : $" {Advice.TrimEnd('.')}.")}";
}
