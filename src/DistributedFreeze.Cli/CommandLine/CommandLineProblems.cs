using System.CommandLine;
using System.CommandLine.Parsing;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>What is wrong with a command line before any value of it is read.</summary>
internal static class CommandLineProblems
{
    /// <exception cref="InvalidInputException">A command or option is unknown, missing or lacks its value.</exception>
    public static void ThrowIfAny(ParseResult parsed)
    {
        if (parsed.Action is { ClearsParseErrors: true } || parsed.Tokens is [{ Type: TokenType.Directive }, ..])
        {
            return; // --help and --version answer whatever stands beside them, and the shell completes what is not finished yet
        }

        var command = parsed.CommandResult.Command;
        List<Problem> problems = [.. Unmatched(parsed, command), .. parsed.Errors.Where(IsOfOption).Select(Problem)];
        if (problems.Count == 0 && command is RootCommand)
        {
            problems.Add(new("dfreeze", $"a command is missing; there are {Names(command.Subcommands)}, and dfreeze --help says more"));
        }

        if (problems.Count == 0)
        {
            problems.AddRange(parsed.Errors.Select(Problem));
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    private static IEnumerable<Problem> Unmatched(ParseResult parsed, Command command)
    {
        var afterUnknownOption = false;
        foreach (var token in parsed.UnmatchedTokens)
        {
            if (token.StartsWith('-'))
            {
                var name = token.Split('=', ':')[0];
                afterUnknownOption = true;
                yield return new(name, NearNames.Unknown("option", name, Options(command)));
            }
            else if (command is RootCommand && !afterUnknownOption)
            {
                // What follows an unknown command may belong to it.
                yield return Command(token, command);
                yield break;
            }
            else if (!afterUnknownOption)
            {
                yield return new(token, $"nothing is expected here; the options of {command.Name} begin with --");
            }
            else
            {
                afterUnknownOption = false; // the value of the unknown option
            }
        }
    }

    private static Problem Command(string token, Command root)
    {
        var names = root.Subcommands.Select(command => command.Name);
        return NearNames.Of(token, names).Count > 0
            ? new(token, NearNames.Unknown("command", token, names))
            : new(token, $"unknown command '{token}'; there are {Names(root.Subcommands)}");
    }

    // The parser's own words about unknown names and a missing command are said better above.
    private static bool IsOfOption(ParseError error) => error.SymbolResult is not CommandResult;

    private static Problem Problem(ParseError error) => new(Name(error.SymbolResult), Message(error));

    private static string Message(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0 } => "needs a value",
        OptionResult { Tokens.Count: > 1 } => "is given more than once",
        _ => error.Message.TrimEnd('.'),
    };

    private static string Name(SymbolResult? result) => result switch
    {
        OptionResult option => option.Option.Name,
        CommandResult command => command.Command.Name,
        ArgumentResult { Parent: OptionResult option } => option.Option.Name,
        _ => "dfreeze",
    };

    private static IEnumerable<string> Options(Command command) =>
        command.Options.Where(option => !option.Hidden).Select(option => option.Name);

    private static string Names(IEnumerable<Command> commands) => string.Join(", ", commands.Select(command => command.Name));
}
