using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Specs;

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

    /// <summary>The word for a graph in a run file.</summary>
    /// <param name="graph">Which ResNet50.</param>
    /// <returns><c>keras-v1</c> or <c>torchvision-v1.5</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="graph"/> is no defined value.</exception>
    public static string NameOf(NetworkGraph graph) => Words.Of(Words.Graphs, graph);

    /// <summary>The word for a way to become square in a run file.</summary>
    /// <param name="resize">How an image becomes square.</param>
    /// <returns><c>stretch</c>, <c>crop</c> or <c>imagenet</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="resize"/> is no defined value.</exception>
    public static string NameOf(ResizeMode resize) => Words.Of(Words.Resizes, resize);

    /// <summary>The word for the epoch that a phase keeps in a run file.</summary>
    /// <param name="kept">With which epoch's weights the phase ends.</param>
    /// <returns><c>best</c> or <c>last</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="kept"/> is no defined value.</exception>
    public static string NameOf(KeptEpoch kept) => Words.Of(Words.KeptEpochs, kept);

    /// <summary>The word for what makes an epoch better in a run file.</summary>
    /// <param name="measure">By what it is better.</param>
    /// <returns><c>loss</c>, <c>accuracy</c>, <c>balanced-accuracy</c> or <c>macro-f1</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="measure"/> is no defined value.</exception>
    public static string NameOf(EpochMeasure measure) => Words.Of(Words.EpochMeasures, measure);

    /// <summary>The word for the way of batch norms in a run file.</summary>
    /// <param name="mode">Which statistics they normalize with.</param>
    /// <returns><c>inference</c> or <c>train</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="mode"/> is no defined value.</exception>
    public static string NameOf(BatchNormMode mode) => Words.Of(Words.BatchNormModes, mode);

    /// <summary>The word for what decays in a run file.</summary>
    /// <param name="decayed">What weight decay is for.</param>
    /// <returns><c>weights</c> or <c>all</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="decayed"/> is no defined value.</exception>
    public static string NameOf(DecayedParameters decayed) => Words.Of(Words.Decayed, decayed);

    /// <summary>The word for the shape of a learning rate in a run file.</summary>
    /// <param name="kind">The shape.</param>
    /// <returns><c>constant</c>, <c>cosine</c>, <c>one-cycle</c> or <c>step</c>.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="kind"/> is no defined value.</exception>
    public static string NameOf(ScheduleKind kind) => Words.Of(Words.Schedules, kind);

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
