using System.Text.RegularExpressions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Fields;

/// <summary>What the fields of a run are called where a person gives them: in a run file, in JSON, or as options.</summary>
/// <remarks>
/// <para>
/// Texts that are made where nobody knows who will read them name a field by its path in a run file, in grave accents:
/// <c>`batch_size`</c>, or <c>`data.preprocess: torch`</c> for a field with a value. <see cref="In(string)"/> puts a reader's names there.
/// A text that meets no reader's names is still right for a run file. <c>`resume: FOLDER`</c> stands for going on with the run in a folder.
/// </para>
/// <para>Thread-safe.</para>
/// </remarks>
public abstract partial class FieldNames
{
    /// <summary>The names of a run file.</summary>
    public static FieldNames OfRunFile { get; } = new RunFileNames();

    /// <summary>The names of the HTTP API's JSON.</summary>
    public static FieldNames OfJson { get; } = new JsonFieldNames();

    /// <summary>The name of a field.</summary>
    /// <param name="path">Its path in a run file.</param>
    /// <returns>The reader's name for it; whatever is no field of a run comes back as it is.</returns>
    public string Of(string path) => RunFields.Find(path) is { } field ? Name(field, path) : path;

    /// <summary>A text with the reader's names in it.</summary>
    /// <param name="text">A text that names fields as described above.</param>
    public string In(string text) => Mention().Replace(text, mention =>
    {
        var path = mention.Groups["path"].Value;
        var value = mention.Groups["value"] is { Success: true } given ? given.Value : null;
        return (RunFields.Find(path), value) switch
        {
            (null, not null) when path == "resume" => GoOn(value),
            (null, _) => mention.Value,
            ({ } field, null) => Name(field, path),
            ({ } field, _) => Give(field, path, value),
        };
    });

    /// <summary>A problem with the reader's names in it.</summary>
    /// <param name="problem">A problem.</param>
    public Problem In(Problem problem) => new(Of(problem.Field), In(problem.Message));

    /// <summary>The same problems, with the reader's names in them.</summary>
    /// <param name="invalid">What cannot be run.</param>
    public InvalidInputException In(InvalidInputException invalid) => new(invalid.Problems.Select(In));

    /// <summary>The name of one of <see cref="RunFields"/>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="path">Its path, with numbers.</param>
    protected abstract string Name(RunField field, string path);

    /// <summary>How a value is given to one of <see cref="RunFields"/>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="path">Its path, with numbers.</param>
    /// <param name="value">The value, as a run file has it.</param>
    protected abstract string Give(RunField field, string path, string value);

    /// <summary>How a run that has left a checkpoint is gone on with.</summary>
    /// <param name="folder">Its output folder.</param>
    protected abstract string GoOn(string folder);

    [GeneratedRegex("`(?<path>[a-z][a-z0-9_.\\[\\]]*)(?:: (?<value>[^`]+))?`", RegexOptions.CultureInvariant)]
    private static partial Regex Mention();
}
