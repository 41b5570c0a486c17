using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Inputs;

/// <summary>How the pixels of a run become network input, the same in every process.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RunPreprocessing
{
    private readonly Lock _deciding = new();
    private readonly Func<(PreprocessingChoice Choice, string? Warning)> _decide;
    private (PreprocessingChoice Choice, string? Warning)? _own;
    private Preprocessing? _decided;

    /// <param name="run">The run.</param>
    /// <param name="parent">The run that it starts from; null where it starts from its base.</param>
    /// <param name="decide">Finds out what fits the base.</param>
    public RunPreprocessing(RunDefinition run, ParentRun? parent, Func<(PreprocessingChoice Choice, string? Warning)> decide)
        : this(() => parent is not null ? (new(run.Spec.Data.Preprocessing!.Value, $"as in run {parent.RunId}, from which this one starts"), null) : decide())
    {
    }

    private RunPreprocessing(Func<(PreprocessingChoice Choice, string? Warning)> decide) => _decide = decide;

    /// <summary>What the run's coordinator decided on, and before it has, what this process would.</summary>
    /// <exception cref="InvalidInputException">The weights rule out what the spec says, or cannot be used.</exception>
    public Preprocessing Taken
    {
        get
        {
            lock (_deciding)
            {
                return _decided ?? Choice.Taken;
            }
        }
    }

    /// <summary>How this process would prepare pixels, and why; found out on first use.</summary>
    /// <exception cref="InvalidInputException">The weights rule out what the spec says, or cannot be used.</exception>
    public PreprocessingChoice Choice => Decide().Choice;

    /// <summary>What a person should know of it; null for nothing.</summary>
    /// <exception cref="InvalidInputException">The weights rule out what the spec says, or cannot be used.</exception>
    public string? Warning => Decide().Warning;

    /// <summary>That of another run of the same images and weights, which finds out nothing anew.</summary>
    public RunPreprocessing ForAnother() => new(Decide);

    /// <summary>Takes what the run's coordinator decided on.</summary>
    /// <param name="decided">Caffe, torch or tf; null leaves it to this process.</param>
    /// <exception cref="MaskMismatchException">Something else was decided before.</exception>
    public void Prepare(Preprocessing? decided)
    {
        lock (_deciding)
        {
            var now = decided is null or Preprocessing.Auto ? Taken : decided.Value;
            _decided ??= now;
            if (_decided != now)
            {
                throw new MaskMismatchException($"The images of this run are prepared by {_decided} here, and its coordinator says {now}.");
            }
        }
    }

    private (PreprocessingChoice Choice, string? Warning) Decide()
    {
        lock (_deciding)
        {
            return _own ??= _decide();
        }
    }
}
