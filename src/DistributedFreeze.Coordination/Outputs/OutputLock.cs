using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>One run's hold on its output folder: what lies there is another's until this run has written its first file, or gone on with what is its own.</summary>
/// <remarks>
/// The folder says whose it is, and whoever trains into it has it locked; both are looked at before anything is written or deleted there.
/// Belongs to the run's driver; <see cref="IsOurs"/> may be read by any thread.
/// </remarks>
/// <param name="folder">The folder.</param>
/// <param name="runId">The run.</param>
internal sealed class OutputLock(OutputFolder folder, string runId)
{
    private volatile bool _hasBegun;
    private bool _isSigned;
    private FolderLock? _lock;

    /// <summary>True once what lies in the folder is this run's, and as long as it is.</summary>
    public bool IsOurs => _hasBegun && folder.IsOf(runId);

    /// <summary>Goes on in a folder in which the run began before.</summary>
    /// <param name="spec">The run's, with what the folder decides of it.</param>
    /// <param name="isHandedOn">Whether the folder may be that of an earlier run with the same spec, which this one goes on with.</param>
    /// <exception cref="InvalidInputException">The folder is another run's, or cannot be written.</exception>
    public void GoOn(RunSpec spec, bool isHandedOn)
    {
        Lock();
        if (!isHandedOn && !folder.IsOf(runId))
        {
            throw new InvalidInputException("output", $"must be this run's own: what {folder.Path} holds is {folder.NameOfOwner()}'s by now");
        }

        folder.RequireSpec(spec);
        _hasBegun = true;
        try
        {
            Sign();
        }
        catch (StorageUnavailableException)
        {
            // The disk is full or read-only: it is signed when the run begins again, which waits for that to end.
        }
    }

    /// <summary>Takes the folder, only when data and weights have turned out good: bad input leaves nothing behind.</summary>
    /// <param name="spec">Kept beside the checkpoint; of a run that goes on it is there already, but for what was not known yet.</param>
    /// <exception cref="InvalidInputException">The folder cannot be written, or another run has taken it meanwhile.</exception>
    /// <exception cref="StorageUnavailableException">The disk is full, or may not be written just now; it may be tried again.</exception>
    public void Begin(RunSpec spec)
    {
        if (!_hasBegun)
        {
            Lock(create: true);
            if (folder.FindOwner() != runId)
            {
                folder.RequireEmpty(); // whoever had it locked may just have finished
            }

            folder.Begin(spec);
            _hasBegun = true;
        }
        else if (spec.Data.Preprocessing is not (null or Preprocessing.Auto) && folder.FindPreprocessing() is null)
        {
            Require();
            folder.Begin(spec);
        }

        if (!_isSigned)
        {
            Sign();
        }

        folder.RemoveParts(); // replicas have answered, so none writes
    }

    /// <summary>Before anything is written: refuses where the folder has become another run's.</summary>
    /// <exception cref="RunFailedException">It has, or leads elsewhere.</exception>
    public void Require()
    {
        if (folder.IsMoved)
        {
            throw new RunFailedException($"Its output folder {folder.Path} leads elsewhere by a link that was not there before: nothing more was written there.");
        }

        if (!folder.IsOf(runId))
        {
            throw new RunFailedException($"Its output folder {folder.Path} has become {folder.NameOfOwner()}'s: nothing more was written there.");
        }

        if (_lock is not { IsHeld: true })
        {
            _lock?.Dispose();
            _lock = FolderLock.TryTake(folder.Path); // the coordinator before this one had it, or the folder was away
        }
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
                Sign();
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
        if (_hasBegun)
        {
            folder.GiveUp(runId);
        }
    }

    /// <summary>Lets go of the folder; what is in it stays this run's.</summary>
    public void LetGo()
    {
        _lock?.Dispose();
        _lock = null;
    }

    /// <remarks>A coordinator that was given up may still be there for a moment: it writes nothing that the new one does not know of.</remarks>
    private void Lock(bool create = false)
    {
        if (folder.IsMoved)
        {
            throw new InvalidInputException("output", $"must be the folder that the run was submitted with, and {folder.Path} leads elsewhere by now");
        }

        if (create)
        {
            folder.Create();
        }

        _lock?.Dispose();
        _lock = FolderLock.TryTake(folder.Path);
        if (_lock is null && folder.FindOwner() != runId)
        {
            throw folder.IsInUse();
        }
    }

    private void Sign()
    {
        try
        {
            folder.Sign(runId);
            _isSigned = true;
        }
        catch (Exception e) when (StorageFault.MayPass(e))
        {
            throw StorageFault.Of(folder.Owner, 0, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("output", $"cannot be written: {e.Message}") { IsStorage = true };
        }
    }
}
