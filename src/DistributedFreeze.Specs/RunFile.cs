using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Specs;

/// <summary>The YAML form of a <see cref="RunSpec"/>. Thread-safe.</summary>
public static class RunFile
{
    /// <summary>Reads a run file. Relative paths in it count from its folder, and <c>~/</c> from the user's home.</summary>
    /// <param name="path">A YAML file of at most 1 MB in UTF-8.</param>
    /// <returns>A valid specification.</returns>
    /// <exception cref="InvalidInputException">
    /// The file is missing, unreadable, too large or not YAML, or a field is unknown, missing, given twice, of the wrong type or out of its range.
    /// </exception>
    public static RunSpec Read(string path) => Build(() => RunDraft.Read(path));

    /// <summary>Reads the text of a run file.</summary>
    /// <param name="text">YAML of at most 1 MB.</param>
    /// <param name="name">What to call the text in errors; relative paths in it count from the folder this name is in, if it has one.</param>
    /// <returns>A valid specification.</returns>
    /// <exception cref="InvalidInputException">
    /// The text is too large or not YAML, or a field is unknown, missing, given twice, of the wrong type or out of its range.
    /// </exception>
    public static RunSpec Parse(TextReader text, string name) => Build(() => RunDraft.Parse(text, name));

    /// <summary>Writes a specification whole, defaults included, so that later versions with other defaults read the same run.</summary>
    /// <param name="spec">A specification; it isn't validated.</param>
    /// <returns>YAML that reads back as the same specification, from any folder: its paths are full ones.</returns>
    public static string Write(RunSpec spec) => SpecWriter.Write(spec);

    /// <summary>The same for a run of a cluster: its paths are the silos', and stay as they are.</summary>
    /// <param name="spec">A specification; it isn't validated.</param>
    /// <returns>YAML that a submission reads as the same specification.</returns>
    public static string WriteForCluster(RunSpec spec) => SpecWriter.Write(spec, pathsAsTheyAre: true);

    private static RunSpec Build(Func<RunDraft> read)
    {
        try
        {
            return read().Build();
        }
        catch (InvalidInputException invalid)
        {
            throw FieldNames.OfRunFile.In(invalid);
        }
    }
}
