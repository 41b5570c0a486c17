using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Contexts;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Cli.Watch;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.Reference;

/// <summary>The command's manual page, in the macros of man(7), made of what its help is made of.</summary>
internal static class ManualPage
{
    private const string RunOptionsSection = "OPTIONS OF A RUN";

    /// <param name="root">The command.</param>
    public static string Of(Command root)
    {
        var text = new StringBuilder();
        text.Append(".\\\" Made by: dfreeze manual\n.TH DFREEZE 1 \"\" \"DistributedFreeze\" \"User Commands\"\n");
        Section(text, "NAME", $"dfreeze \\- {Plain(root.Description!)}");
        Section(text, "SYNOPSIS", ".B dfreeze\n.I COMMAND\n[\\fIOPTION\\fR ...]");
        Section(
            text, "DESCRIPTION",
            "Trains in a process of its own (\\fBtrain\\fR), or on a cluster of silos (\\fBsubmit\\fR and the commands that follow a run there). Each command has \\fB\\-\\-help\\fR.");
        text.Append(".SH COMMANDS\n");
        foreach (var command in Commands(root))
        {
            Describe(text, command);
        }

        text.Append(CultureFree($".SH {RunOptionsSection}\n")).Append("These stand for fields of a run file, and count more than the file beside which they are given.\n");
        foreach (var row in RunOptionTable.All)
        {
            Term(text, Bold(row.Name) + (row.Form == OptionForm.Flag ? "" : $" {Italic(row.Example)}"), row.Description);
        }

        text.Append(".SH EXIT STATUS\n");
        foreach (var (code, meaning) in ExitCodes)
        {
            Term(text, Bold(code), meaning);
        }

        text.Append(".SH ENVIRONMENT\n");
        foreach (var (variable, meaning) in Variables)
        {
            Term(text, Bold(variable), meaning);
        }

        return text.ToString();
    }

    private static readonly (string Code, string Meaning)[] ExitCodes =
    [
        ("0", "It succeeded, and so did the run that it followed."),
        ("1", "The run failed, a cluster did not answer, verify got another model, doctor found that a run would fail, or the output could not be written."),
        ("2", "An option, a file, a run's name or the data is wrong; nothing was started."),
        ("3", "The run that watch or submit --watch followed was cancelled, or interrupted by others."),
        ("130", "The command was interrupted by Ctrl-C or SIGTERM; train has left a checkpoint."),
        ("141", "Its output is no longer read."),
        ("128 + n", "Its process died of signal n."),
    ];

    private static readonly (string Variable, string Meaning)[] Variables =
    [
        (ClusterAccess.Variable, "Gateways of the cluster, HOST:PORT with commas between them, where --cluster is not given."),
        (ContextFile.Variable, "File of the clusters that dfreeze context keeps."),
        (TlsAccess.CaVariable, "Certificates of the authorities that have issued the silos' certificates."),
        (TlsAccess.CertVariable, "This client's certificate."),
        (TlsAccess.KeyVariable, "Its private key."),
        (FeatureDirectory.Variable, "Folder of kept features."),
        (LibTorch.Variable, "Folder of a libtorch to take instead of the program's own: an unpacked one, or torch/lib of a Python installation."),
        (WeightsPull.Variable, "Folder of weights that were pulled."),
        (WeightsMirror.Variable, "Where weights are pulled from instead of their publishers."),
        (Watcher.Variable, "0 computes in the command's own process: a native crash is then told by its signal alone."),
        (Outcome.TraceVariable, "1 prints the stack of an error, too."),
    ];

    /// <summary>Every command that does something, each before those that follow it in help.</summary>
    private static IEnumerable<Command> Commands(Command of) => of.Subcommands.Where(command => !command.Hidden)
        .SelectMany(command => command.Subcommands.Count > 0 ? Commands(command) : [command]);

    private static void Describe(StringBuilder text, Command command)
    {
        // By what it says, too: --split of evaluate is another option than that of a run.
        var runOptions = RunOptionTable.All.Select(row => (row.Name, (string?)row.Description)).ToHashSet();
        var (ofRun, own) = (command.Options.Where(IsOfRun).ToList(), command.Options.Where(option => !option.Hidden && !IsOfRun(option)).ToList());
        bool IsOfRun(Option option) => runOptions.Contains((option.Name, option.Description));
        var words = string.Concat(command.Arguments.Select(argument => $" {(argument.Arity.MinimumNumberOfValues == 0 ? $"[{Italic(Name(argument))}]" : Italic(Name(argument)))}{(argument.Arity.MaximumNumberOfValues > 1 ? " ..." : "")}"));
        text.Append(CultureFree($".SS \"{Escape(Path(command))}{words}\"\n{Plain(command.Description ?? "")}\n"));
        foreach (var argument in command.Arguments.Where(argument => argument.Description is not null))
        {
            Term(text, Italic(Name(argument)), argument.Description!);
        }

        foreach (var option in own.Where(option => option is not (HelpOption or VersionOption)))
        {
            var names = string.Join(", ", new[] { option.Name }.Concat(option.Aliases).OrderBy(name => name.Length).Select(Bold));
            Term(text, names + (option.ValueType == typeof(bool) ? "" : $" {Italic(option.HelpName ?? "VALUE")}"), $"{option.Description}{Default(option)}");
        }

        if (ofRun.Count > 0)
        {
            text.Append(CultureFree($".PP\nIt takes {(ofRun.Count == runOptions.Count ? "all" : "some")} of the options of a run, too.\n"));
        }
    }

    private static string Default(Option option) => option.HasDefaultValue && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } value and not Array ? $" [default: {value}]" : "";

    private static string Name(Argument argument) => argument.HelpName ?? argument.Name;

    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "dfreeze";

    private static void Section(StringBuilder text, string title, string content) => text.Append(CultureFree($".SH {title}\n{content}\n"));

    private static void Term(StringBuilder text, string term, string meaning) => text.Append(CultureFree($".TP\n{term}\n{Plain(meaning)}\n"));

    private static string Bold(string word) => $"\\fB{Escape(word)}\\fR";

    /// <summary>A line may be broken between the values of an option: a page is narrower than some lists of them.</summary>
    private static string Italic(string word) => $"\\fI{Escape(word).Replace("|", "|\\:", StringComparison.Ordinal)}\\fR";

    /// <summary>A text as lines of its own: a stop or a quotation mark that begins one would be a macro.</summary>
    private static string Plain(string text) => Escape(text.ReplaceLineEndings(" ")) is ['.' or '\'', ..] and var line ? $"\\&{line}" : Escape(text.ReplaceLineEndings(" "));

    /// <summary>A backslash begins an escape, and a plain hyphen would be set as a dash, which nobody finds or can copy.</summary>
    private static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Replace("\"", "\\(dq", StringComparison.Ordinal);

    private static string CultureFree(FormattableString text) => FormattableString.Invariant(text);
}
