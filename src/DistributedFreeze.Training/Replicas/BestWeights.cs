using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>A replica's copy of what its phase trains, as it was after the best epoch.</summary>
/// <remarks>Lies for a whole phase in memory that nobody reads: sums tell whether it is still what was copied. Belongs to one device thread.</remarks>
/// <param name="state">What the phase trains.</param>
internal sealed class BestWeights(TrainableState state) : IDisposable
{
    private Tensor? _parameters;
    private Tensor? _statistics;
    private ImmutableArray<ulong> _sums; // default while there is no copy

    /// <summary>The copy, flat, as a checkpoint keeps it; empty where there is none.</summary>
    public ImmutableArray<(string Name, Tensor Values)> Vectors => _sums.IsDefault ? [] : Copies;

    /// <summary>Copies the state as it is now.</summary>
    public void Take()
    {
        using var noGradient = no_grad();
        MakeRoom();
        _parameters!.copy_(state.Parameters);
        _statistics!.copy_(state.Statistics);
        Seal();
    }

    /// <summary>Takes a copy over that another replica made.</summary>
    /// <param name="read">Reads a vector into its place.</param>
    public void Take(Action<ImmutableArray<(string Name, Tensor Values)>> read)
    {
        using var noGradient = no_grad();
        MakeRoom();
        read(Copies);
        Seal();
    }

    /// <summary>Makes the copy the state again; it is there for nothing else, and is given up.</summary>
    /// <exception cref="ReplicaLostException">The copy is not what it was.</exception>
    public void PutBack()
    {
        using var noGradient = no_grad();
        if (_sums.IsDefault || !_sums.SequenceEqual(Sums()))
        {
            throw new ReplicaLostException("Its copy of the best epoch's weights has changed in memory.");
        }

        state.Parameters.copy_(_parameters!);
        state.Statistics.copy_(_statistics!);
        Drop();
    }

    /// <summary>Gives the copy up.</summary>
    public void Drop()
    {
        _parameters?.Dispose();
        _statistics?.Dispose();
        (_parameters, _statistics, _sums) = (null, null, default);
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private ImmutableArray<(string Name, Tensor Values)> Copies => state.Layout.StatisticCount > 0
        ? [("parameters", _parameters!), ("statistics", _statistics!)]
        : [("parameters", _parameters!)];

    private void MakeRoom()
    {
        _sums = default;
        _parameters ??= zeros_like(state.Parameters).DetachFromDisposeScope();
        _statistics ??= zeros_like(state.Statistics).DetachFromDisposeScope();
    }

    private void Seal() => _sums = Sums();

    private ImmutableArray<ulong> Sums() => [.. Copies.Select(copy =>
    {
        var sum = 0UL;
        HostMemory.Read(copy.Values, values => sum = MemorySum.Of(MemoryMarshal.AsBytes(values)));
        return sum;
    })];
}
