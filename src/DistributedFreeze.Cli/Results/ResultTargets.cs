using System.Collections.Immutable;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Cli.Results.Mlflow;
using DistributedFreeze.Cli.Results.TensorBoard;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results;

/// <summary>Where else a run's curves go.</summary>
/// <param name="TensorBoard">Folder of TensorBoard's, in which every run has one of its own; null for none.</param>
/// <param name="Mlflow">Tracking server of MLflow's; null for none.</param>
internal sealed record ResultTargets(string? TensorBoard, MlflowTarget? Mlflow)
{
    /// <summary>Nowhere else.</summary>
    public static ResultTargets None { get; } = new(TensorBoard: null, Mlflow: null);

    /// <summary>For a run that is about to start: refuses what it could not write to.</summary>
    /// <param name="name">The run's name.</param>
    /// <param name="resume">Whether a run goes on that wrote there before.</param>
    /// <exception cref="InvalidInputException">A place cannot be used.</exception>
    public void Require(string name, bool resume)
    {
        if (TensorBoard is { } folder)
        {
            TensorBoardSink.Require(Path.Combine(folder, name), resume);
        }
    }

    /// <summary>Opens all of them.</summary>
    /// <param name="name">The run's name there.</param>
    /// <param name="runId">The run.</param>
    /// <param name="spec">What it runs.</param>
    /// <param name="warn">Is told, in one sentence, what a place does not take.</param>
    public ResultSinks Open(string name, string runId, RunSpec spec, Action<string> warn)
    {
        var sinks = ImmutableArray.CreateBuilder<IResultSink>();
        if (TensorBoard is { } folder)
        {
            sinks.Add(new TensorBoardSink(Path.Combine(folder, name), runId, spec, warn));
        }

        if (Mlflow is { } server)
        {
            sinks.Add(new MlflowSink(server, name, runId, spec, warn));
        }

        return new(sinks.ToImmutable());
    }
}
