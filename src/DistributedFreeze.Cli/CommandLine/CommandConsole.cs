using Spectre.Console;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Where a command writes: results to the output, errors and progress to the other one.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
/// <param name="outputIsTerminal">Whether a person watches the output; colors and live progress go to terminals alone.</param>
/// <param name="errorIsTerminal">Whether a person watches the errors.</param>
internal sealed class CommandConsole(TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal)
{
    private const int WidthOfFiles = 120;

    public TextWriter Output => output;

    public TextWriter Error => error;

    public bool OutputIsTerminal => outputIsTerminal;

    public bool ErrorIsTerminal => errorIsTerminal;

    public static CommandConsole OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>Tables and colors on the output; plain text of a fixed width where it is no terminal.</summary>
    public IAnsiConsole Rich() => Rich(output, outputIsTerminal);

    /// <summary>Tables, colors and progress on the error output; plain text of a fixed width where it is no terminal.</summary>
    public IAnsiConsole RichError() => Rich(error, errorIsTerminal);

    /// <summary>One line on the error output that begins with <c>error:</c>.</summary>
    public void Fail(string message) => Line(error, errorIsTerminal, $"error: {message.ReplaceLineEndings(" ")}", Color.Red);

    /// <summary>One line on the error output that begins with <c>interrupted</c>: no error, since it was asked for.</summary>
    public void Interrupted(string? goOn = null) => Line(error, errorIsTerminal, goOn is null ? "interrupted" : $"interrupted; {goOn}", Color.Yellow);

    /// <summary>One line on the output that begins with <c>warning:</c>.</summary>
    public void Warn(string message) => Line(output, outputIsTerminal, $"warning: {message.ReplaceLineEndings(" ")}", Color.Yellow);

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
