using DistributedFreeze.Cli.Options;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Where a command writes: results to the output, errors and progress to the other one.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="outputIsTerminal">Whether a person watches the output; colors and live progress go to terminals alone.</param>
/// <param name="errorIsTerminal">Whether a person watches the errors.</param>
/// <param name="input">Standard input; null is an empty one.</param>
internal sealed class CommandConsole(TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal, Stream? input = null)
{
    private const int WidthOfFiles = 120;

    private bool _describesRun;

    /// <summary>What the person calls the fields of a run: errors and warnings use these names.</summary>
    public FieldNames Fields { get; private set; } = OptionNames.OfEither(phases: 1);

    /// <summary>For a run that this command line describes.</summary>
    public void NameFields(FieldNames names) => (Fields, _describesRun) = (names, true);

    /// <summary>For a run that the cluster has: as its command line has them where this is the one, else by both names.</summary>
    public void NameFields(RunSpec? spec) => Fields = _describesRun ? Fields : OptionNames.OfEither(spec?.Phases.Length ?? 1);

    /// <summary>What is piped into the command.</summary>
    public Stream Input { get; } = input ?? Stream.Null;

    /// <summary>The output, for whatever others have named.</summary>
    public TextWriter Output { get; } = new PlainWriter(output);

    /// <summary>The error output, for whatever others have named.</summary>
    public TextWriter Error { get; } = new PlainWriter(error);

    public bool OutputIsTerminal => outputIsTerminal;

    public bool ErrorIsTerminal => errorIsTerminal;

    /// <summary>The error output as it is, for who steers the terminal.</summary>
    public TextWriter Screen => error;

    /// <summary>The process's own streams, which it takes over.</summary>
    public static CommandConsole OfProcess()
    {
        // Spectre knows a terminal by Console.Out and Console.Error alone.
        Console.SetOut(new StreamWriter(StandardStream.Output, Console.OutputEncoding) { AutoFlush = true });
        Console.SetError(new StreamWriter(StandardStream.Error, Console.OutputEncoding) { AutoFlush = true });
        return new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected, Console.OpenStandardInput());
    }

    /// <summary>Tables and colors on the output; plain text of a fixed width where it is no terminal.</summary>
    public IAnsiConsole Rich() => Rich(output, outputIsTerminal);

    /// <summary>Tables, colors and progress on the error output; plain text of a fixed width where it is no terminal.</summary>
    public IAnsiConsole RichError() => Rich(error, errorIsTerminal);

    /// <summary>One line on the error output that begins with <c>error:</c>.</summary>
    public void Fail(string message) => Line(error, errorIsTerminal, $"error: {Fields.In(message).ReplaceLineEndings(" ")}", Color.Red);

    /// <summary>The same for a problem.</summary>
    public void Fail(Problem problem) => Fail(Fields.In(problem).ToString());

    /// <summary>One line on the error output: no error either, but not what was waited for.</summary>
    public void Cancelled() => Line(error, errorIsTerminal, "the run was cancelled", Color.Yellow);

    /// <summary>One line on the error output, below an error: what to do about it.</summary>
    public void Hint(string message) => error.WriteLine(PlainText.Line(message.ReplaceLineEndings(" ")));

    /// <summary>One line on the error output that begins with <c>interrupted</c>: no error, since it was asked for.</summary>
    public void Interrupted(string? goOn = null) => Line(error, errorIsTerminal, goOn is null ? "interrupted" : $"interrupted; {goOn}", Color.Yellow);

    /// <summary>One line on the output that begins with <c>warning:</c>.</summary>
    public void Warn(string message) => Line(output, outputIsTerminal, $"warning: {Fields.In(message).ReplaceLineEndings(" ")}", Color.Yellow);

    /// <summary>One line on the error output that begins with <c>warning:</c>: for what has to be seen wherever the output goes.</summary>
    public void WarnOnError(string message) => Line(error, errorIsTerminal, $"warning: {Fields.In(message).ReplaceLineEndings(" ")}", Color.Yellow);

    private static IAnsiConsole Rich(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            console.Profile.Width = WidthOfFiles;
        }

        return console;
    }

    // Not through Spectre where it is no terminal: it would break a long line in two.
    private static void Line(TextWriter writer, bool isTerminal, string line, Color color)
    {
        line = PlainText.Line(line);
        if (isTerminal)
        {
            Rich(writer, isTerminal: true).Write(new Text($"{line}{Environment.NewLine}", new Style(color)));
        }
        else
        {
            writer.WriteLine(line);
        }
    }
}
