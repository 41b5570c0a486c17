namespace DistributedFreeze.Cli.Options;

/// <summary>An option that gives one field of a run.</summary>
/// <param name="Name">The option, such as <c>--batch</c>.</param>
/// <param name="Field">The run file's field; one of a phase begins with <c>phases[0]</c>.</param>
/// <param name="Form">How the value is written.</param>
/// <param name="Example">What help calls the value.</param>
/// <param name="Description">What help says.</param>
internal sealed record RunOption(string Name, string Field, OptionForm Form, string Example, string Description)
{
    public bool BelongsToPhase => Field.StartsWith("phases[0].", StringComparison.Ordinal);
}

/// <summary>How the value of an option is written.</summary>
internal enum OptionForm
{
    /// <summary>One value.</summary>
    Value = 0,

    /// <summary>Values with commas between them; an empty text is an empty list.</summary>
    Values = 1,

    /// <summary>No value: naming the option says <see cref="RunOption.Example"/>.</summary>
    Flag = 2,

    /// <summary>Pairs of a name and a number with commas between them, such as <c>rose=2,tulip=0.5</c>; a text without <c>=</c> is one value.</summary>
    Numbers = 3,

    /// <summary>Pairs of a name and a text, likewise, such as <c>team=vision,stage=trial</c>.</summary>
    Texts = 4,
}
