using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;

namespace DistributedFreeze.Training.Runs;

/// <summary>One run's hold on its output folder: what lies there is another's until this run has written its first file.</summary>
/// <remarks>Belongs to the run's driver; <see cref="IsOurs"/> may be read by any thread.</remarks>
/// <param name="folder">The folder.</param>
internal sealed class OutputClaim(OutputFolder folder)
{
    private volatile bool _isOurs;

    /// <summary>True once what lies in the folder is this run's.</summary>
    public bool IsOurs => _isOurs;

    /// <summary>Goes on in a folder in which the run began before.</summary>
    public void GoOn() => _isOurs = true;

    /// <summary>Takes the folder, only when data and weights have turned out good: bad input leaves nothing behind.</summary>
    /// <param name="spec">Kept beside the checkpoint; of a run that goes on it is there already, but for what was not known yet.</param>
    /// <exception cref="InvalidInputException">The folder cannot be written.</exception>
    public void Begin(RunSpec spec)
    {
        var isNewlyDecided = spec.Data.Preprocessing is not (null or Preprocessing.Auto) && folder.FindPreprocessing() is null;
        if (!_isOurs || isNewlyDecided)
        {
            folder.Begin(spec);
            _isOurs = true;
        }

        folder.RemoveParts(); // replicas have answered, so none writes
    }

    /// <summary>Writes the spec again where the folder was taken away and brought back without it: a checkpoint alone cannot be resumed.</summary>
    /// <param name="spec">The run's.</param>
    /// <exception cref="StorageUnavailableException">It cannot be written now.</exception>
    public void Restore(RunSpec spec)
    {
        try
        {
            if (!File.Exists(folder.Spec))
            {
                folder.WriteSpec(spec);
            }
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.Of(folder.Spec, 0, reason);
        }
    }

    /// <summary>Gives up what the unfinished run has left; what another left stays.</summary>
    public void GiveUp()
    {
        if (_isOurs)
        {
            folder.GiveUp();
        }
    }
}
