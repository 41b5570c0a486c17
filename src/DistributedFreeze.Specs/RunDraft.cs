using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Specs;

/// <summary>A run specification in the making: what a run file says, and values given on top of it.</summary>
/// <remarks>
/// Immutable and thread-safe. Nothing is judged before <see cref="Build"/>, so a value on top may replace one that is wrong.
/// Paths of fields are those of a run file, such as <c>data.image_size</c> or <c>phases[0].optimizer.learning_rate</c>;
/// short forms (<c>optimizer: adam</c>) are written out already.
/// </remarks>
public sealed class RunDraft
{
    private static readonly Origin Nowhere = new("", Place: null);

    private readonly SpecMap _root;
    private readonly ImmutableArray<Problem> _problems;

    private RunDraft(SpecMap root, ImmutableArray<Problem> problems)
    {
        _root = root;
        _problems = problems;
    }

    /// <summary>A draft of one phase that says nothing yet.</summary>
    public static RunDraft OnePhase { get; } =
        new(new SpecMap(Nowhere, [new("phases", new SpecList(Nowhere, [new SpecMap(Nowhere, [])]))]), []);

    /// <summary>The fields of a phase that say which layers train; a phase has at most one of them.</summary>
    public static ImmutableArray<string> FreezeFields => SpecReader.FreezeForms;

    /// <summary>Number of phases so far, 0 or more.</summary>
    public int Phases => _root.Find("phases") is SpecList phases ? phases.Items.Length : 0;

    /// <summary>Reads a run file.</summary>
    /// <param name="path">A YAML file of at most 1 MB in UTF-8.</param>
    /// <param name="pathsAsWritten">False lets relative paths count from the file's folder, and <c>~/</c> from the user's home; true leaves them for a silo to resolve.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, too large or not YAML.</exception>
    public static RunDraft Read(string path, bool pathsAsWritten = false)
    {
        using var text = RunText.Open(path);
        return Parse(text, path, pathsAsWritten ? "" : FolderOf(path), home: !pathsAsWritten);
    }

    /// <summary>Reads a run file that comes from elsewhere than a file.</summary>
    /// <param name="content">YAML of at most 1 MB in UTF-8, read to its end and left open.</param>
    /// <param name="name">What to call it in errors; relative paths in it count from the folder this name is in, if it has one.</param>
    /// <param name="pathsAsWritten">True leaves <c>~/</c> and relative paths for a silo to resolve.</param>
    /// <exception cref="InvalidInputException">It is unreadable, too large or not YAML.</exception>
    public static RunDraft Read(Stream content, string name, bool pathsAsWritten = false)
    {
        using var text = RunText.Of(content);
        return Parse(text, name, pathsAsWritten ? "" : FolderOf(name), home: !pathsAsWritten);
    }

    /// <summary>Reads the text of a run file.</summary>
    /// <param name="text">YAML of at most 1 MB.</param>
    /// <param name="name">What to call the text in errors; relative paths in it count from the folder this name is in, if it has one.</param>
    /// <exception cref="InvalidInputException">The text is too large or not YAML.</exception>
    public static RunDraft Parse(TextReader text, string name) => Parse(text, name, FolderOf(name), home: false);

    /// <summary>What stands in another file than a run file of its own, such as the run of a sweep.</summary>
    /// <param name="root">The fields, as they are written.</param>
    /// <param name="folder">Where relative paths count from; empty leaves them for a silo to resolve.</param>
    internal static RunDraft Of(SpecMap root, string folder) => new(FilePaths.Beside(folder, ShortForms.Expand(root), home: folder.Length > 0), []);

    private static string FolderOf(string name) => Path.GetDirectoryName(name) ?? "";

    private static RunDraft Parse(TextReader text, string name, string folder, bool home)
    {
        var problems = new List<Problem>();
        var root = YamlTree.Read(RunText.Limited(text, name), Path.GetFileName(name), problems);
        return new(FilePaths.Beside(folder, ShortForms.Expand(root), home), [.. problems]);
    }

    /// <summary>Whether a field has a value.</summary>
    /// <param name="field">The field's path.</param>
    public bool Has(string field) => SpecPath.Find(_root, field) is not (null or SpecText { Value: null });

    /// <summary>The text of a field.</summary>
    /// <param name="field">The field's path.</param>
    /// <returns>The text, or null where the field is missing or not a single value.</returns>
    public string? Text(string field) => (SpecPath.Find(_root, field) as SpecText)?.Value;

    /// <summary>Gives a field a value, whatever it had.</summary>
    /// <param name="field">The field's path; groups and the next phase on the way are made where they are missing.</param>
    /// <param name="value">The value as a person writes it.</param>
    /// <param name="givenAs">What to call the field in errors, such as <c>--epochs</c>.</param>
    /// <returns>A new draft.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public RunDraft With(string field, string value, string givenAs) => With(field, new SpecText(new(givenAs, Place: null), value));

    /// <summary>Gives a field a list of values, whatever it had.</summary>
    /// <param name="field">The field's path; groups and the next phase on the way are made where they are missing.</param>
    /// <param name="values">The values as a person writes them.</param>
    /// <param name="givenAs">What to call the field in errors, such as <c>--head</c>.</param>
    /// <returns>A new draft.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public RunDraft With(string field, IEnumerable<string> values, string givenAs)
    {
        var origin = new Origin(givenAs, Place: null);
        return With(field, new SpecList(origin, [.. values.Select(value => new SpecText(origin, value))]));
    }

    /// <summary>Gives a field numbers or texts by name, whatever it had.</summary>
    /// <param name="field">The field's path; groups and the next phase on the way are made where they are missing.</param>
    /// <param name="numbers">Names and numbers as a person writes them.</param>
    /// <param name="givenAs">What to call the field in errors, such as <c>--class-weights</c>.</param>
    /// <returns>A new draft.</returns>
    /// <exception cref="ArgumentException"><paramref name="field"/> is empty.</exception>
    public RunDraft With(string field, IEnumerable<KeyValuePair<string, string>> numbers, string givenAs) => With(
        field,
        new SpecMap(
            new(givenAs, Place: null), [.. numbers.Select(pair => new SpecField(pair.Key, new SpecText(new($"{givenAs} {pair.Key}", Place: null), pair.Value)))]));

    /// <summary>Changes what the draft is made of.</summary>
    /// <param name="change">Gives another tree, its short forms written out.</param>
    internal RunDraft Changed(Func<SpecMap, SpecMap> change) => new(change(_root), _problems);

    /// <summary>Takes a field away.</summary>
    /// <param name="field">The field's path; one that is missing changes nothing.</param>
    /// <returns>A new draft.</returns>
    public RunDraft Without(string field) => new(SpecPath.Without(_root, field), _problems);

    /// <summary>Reads and validates the whole draft.</summary>
    /// <returns>A valid specification.</returns>
    /// <exception cref="InvalidInputException">
    /// Something is wrong: every unknown field and every wrong type at once or, where there is none, every value out of its range.
    /// </exception>
    public RunSpec Build()
    {
        var problems = _problems.ToList();
        var spec = SpecReader.Read(_root, problems);
        if (problems.Count == 0)
        {
            problems.AddRange(RunSpecValidator.Validate(spec).Select(Blame));
        }

        return problems.Count == 0 ? spec : throw new InvalidInputException(problems);
    }

    private RunDraft With(string field, SpecNode value)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        return new(SpecPath.With(_root, field, value), _problems);
    }

    /// <summary>Names what a person wrote instead of the field it was read into, and where it stands.</summary>
    private Problem Blame(Problem problem) => SpecPath.Find(_root, problem.Field)?.Origin is { Field.Length: > 0 } origin
        ? new(origin.Field, origin.Locate(problem.Message))
        : problem;
}
