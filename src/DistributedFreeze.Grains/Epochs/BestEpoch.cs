using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Epochs;

/// <summary>Finds a run's best epoch, looking at each once as the run goes on. Not thread-safe.</summary>
internal sealed class BestEpoch
{
    private ImmutableArray<EpochResult> _seen = [];
    private EpochResult? _best;

    /// <param name="epochs">The run's epochs, whole.</param>
    /// <returns>The first one of the lowest validation loss, or training loss where nothing is validated; null where there is none.</returns>
    public EpochResult? Of(ImmutableArray<EpochResult> epochs)
    {
        var shared = EpochHistory.Shared(_seen, epochs);
        if (shared < _seen.Length)
        {
            (_best, shared) = (null, 0); // the run was set back, and its best epoch may be among those that are gone
        }

        foreach (var epoch in epochs.AsSpan(shared..))
        {
            _best = _best is null || Loss(epoch) < Loss(_best) ? epoch : _best;
        }

        _seen = epochs;
        return _best;
    }

    private static double Loss(EpochResult epoch) => epoch.ValidationLoss ?? epoch.TrainLoss;
}
