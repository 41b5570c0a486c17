using System.CommandLine;
using DistributedFreeze.Cli.Results.TensorBoard;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Results;

/// <summary>The options that say where else a run's curves go.</summary>
internal sealed class ResultOptions
{
    private readonly Option<string?> _tensorBoard = new(TensorBoardSink.OptionName)
    {
        Description = "Write the curves as TensorBoard's event files too, into a folder of the run's name in this one",
        HelpName = "DIR",
    };

    public void AddTo(Command command) => command.Add(_tensorBoard);

    /// <exception cref="InvalidInputException">A value is not one.</exception>
    public ResultTargets Of(ParseResult parsed)
    {
        var tensorBoard = parsed.GetValue(_tensorBoard);
        if (tensorBoard is { } folder && string.IsNullOrWhiteSpace(folder))
        {
            throw new InvalidInputException(TensorBoardSink.OptionName, "must be a folder");
        }

        return new(tensorBoard);
    }
}
