using System.CommandLine;
using DistributedFreeze.Cli.Results.Mlflow;
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

    private readonly Option<string?> _mlflow = new(MlflowTarget.OptionName)
    {
        Description = $"Send the curves to this tracking server of MLflow's too; without an address to that of {MlflowTarget.AddressVariable}",
        HelpName = "URL",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _experiment = new(MlflowTarget.ExperimentOptionName)
    {
        Description = $"MLflow's experiment that the run belongs to; left out: {MlflowTarget.ExperimentVariable}, or {MlflowTarget.DefaultExperiment}",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        command.Add(_tensorBoard);
        command.Add(_mlflow);
        command.Add(_experiment);
    }

    /// <exception cref="InvalidInputException">A value is not one.</exception>
    public ResultTargets Of(ParseResult parsed)
    {
        var tensorBoard = parsed.GetValue(_tensorBoard);
        if (tensorBoard is { } folder && string.IsNullOrWhiteSpace(folder))
        {
            throw new InvalidInputException(TensorBoardSink.OptionName, "must be a folder");
        }

        // A variable that is set for other programs sends nothing by itself.
        var mlflow = parsed.GetResult(_mlflow) is null && parsed.GetResult(_experiment) is null
            ? null
            : MlflowTarget.Of(parsed.GetValue(_mlflow), parsed.GetValue(_experiment), Environment.GetEnvironmentVariable);
        return new(tensorBoard, mlflow);
    }
}
