namespace DistributedFreeze.Fields;

/// <summary>A field of a run, or a group of fields.</summary>
/// <param name="Path">Its path in a run file, a list's items without their number: <c>phases[].optimizer.learning_rate</c>.</param>
/// <param name="Meaning">What it is for and what its values mean, in a sentence or two with a final stop; no range and no default.</param>
/// <param name="Unit">What a number counts, such as <c>pixels</c>; null where it counts nothing.</param>
/// <param name="Absent">What happens without it where that is no value of its own, such as <c>the graph's own way</c>; null for a field with a default value.</param>
/// <param name="Needed">What to give where it is missing and must be given, such as <c>a folder of images</c>; null where it may be left out.</param>
/// <param name="Entries">What stands there where it is numbers or texts by name, such as <c>numbers by class</c>; null where it is something else.</param>
/// <param name="Range">The numbers that it may have; null where it is no number, or where validation judges it together with other fields.</param>
/// <param name="Option">The option that gives it; null for a group.</param>
public sealed record RunField(string Path, string Meaning, string? Unit = null, string? Absent = null, string? Needed = null, string? Entries = null, NumberRange? Range = null, FieldOption? Option = null)
{
    /// <summary>Its path in JSON, the same in camel case: <c>phases[].optimizer.learningRate</c>.</summary>
    public string Json { get; } = CamelCase(Path);

    /// <summary>Its name in a run file, without its path.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    private static string CamelCase(string path) =>
        string.Concat(path.Split('_').Select((word, i) => i == 0 || word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
