namespace DistributedFreeze.Errors;

/// <summary>One thing wrong with what a person gave us.</summary>
/// <param name="Field">
/// The option or file at fault, as the person wrote it, or the field, by its path in a run file: <c>phases[1].epochs</c>, <c>train/glass/a.jpg</c>.
/// </param>
/// <param name="Message">What is wrong and what would be right, as one sentence without a final stop; fields as <see cref="Fields.FieldNames"/> says.</param>
[GenerateSerializer, Immutable, Alias("df.problem")]
public sealed record Problem([property: Id(0)] string Field, [property: Id(1)] string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field}: {Message}";
}
