using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Steps;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Sends one replica's tensors to all others over the exchange of a group, piece by piece, each as long as the exchange's vector.</summary>
/// <remarks>
/// A sum to which one shard of one replica contributes, and which is divided by one, is that contribution, bit for bit, as long as the exchange rounds
/// nothing (<see cref="DistributedFreeze.Runs.ExchangeType.Fp32"/>). So connections, checksums and the way to find that a member has left are those of a step.
/// </remarks>
/// <param name="seat">The replica's seat.</param>
/// <param name="sums">Its partial sums; what they hold is given up.</param>
/// <param name="shards">The shards that it computes, at least one.</param>
internal sealed class StateBroadcast(IStepExchange seat, PartialSums sums, IReadOnlyList<int> shards)
{
    /// <summary>Vectors of a phase's own: what trains, two moments and an average, and the best epoch's copy.</summary>
    private const int OwnVectors = 5;

    /// <summary>About how many pieces the state of each phase is sent in; many where earlier phases have trained much more than it does.</summary>
    /// <param name="run">The run.</param>
    public static ImmutableArray<int> PiecesOf(RunDefinition run)
    {
        var pieces = ImmutableArray.CreateBuilder<int>(run.Spec.Phases.Length);
        var trained = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var phase = 0; phase < run.Spec.Phases.Length; phase++)
        {
            var layout = ParameterLayout.Of(run, phase);
            foreach (var slot in layout.Parameters.Concat(layout.Statistics))
            {
                trained.Remove(slot.Name);
            }

            pieces.Add(OwnVectors + (int)(trained.Values.Sum() / layout.ExchangeLength));
            foreach (var slot in layout.Parameters.Concat(layout.Statistics))
            {
                trained.Add(slot.Name, slot.Length);
            }
        }

        return pieces.ToImmutable();
    }

    /// <summary>Sends tensors.</summary>
    /// <param name="tensors">Of fp32 and contiguous, as many, as long and in the same order on every replica.</param>
    /// <param name="cancellationToken">Breaks it for every replica.</param>
    /// <exception cref="Errors.ExchangeBrokenException">A replica left, or it was cancelled.</exception>
    public void Send(IReadOnlyList<Tensor> tensors, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var piece = new Piece([.. tensors.Select(tensor => tensor.cpu())]);
        for (; piece.Start < piece.Total; piece.Start += sums.Length)
        {
            sums.Reset();
            sums.Push(shards[0], piece);
            for (var own = 1; own < shards.Count; own++)
            {
                sums.PushEmpty(shards[own]);
            }

            Exchange(cancellationToken);
        }
    }

    /// <summary>Takes over what another replica sends.</summary>
    /// <param name="tensors">Where it goes.</param>
    /// <param name="cancellationToken">Breaks it for every replica.</param>
    /// <exception cref="Errors.ExchangeBrokenException">A replica left, or it was cancelled.</exception>
    public void Receive(IReadOnlyList<Tensor> tensors, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var hosts = tensors.Select(tensor => tensor.device_type == DeviceType.CPU ? tensor : empty_like(tensor, device: CPU)).ToList();
        Attend(new Piece(hosts), (piece, values) => piece.CopyFrom(values), cancellationToken);
        foreach (var (tensor, host) in tensors.Zip(hosts).Where(pair => !ReferenceEquals(pair.First, pair.Second)))
        {
            tensor.copy_(host);
        }
    }

    /// <summary>Takes part without need: the exchange waits for every member.</summary>
    /// <param name="tensors">Tensors as long as those that are sent.</param>
    /// <param name="cancellationToken">Breaks it for every replica.</param>
    /// <exception cref="Errors.ExchangeBrokenException">A replica left, or it was cancelled.</exception>
    public void Watch(IReadOnlyList<Tensor> tensors, CancellationToken cancellationToken) => Attend(new Piece(tensors), static (_, _) => { }, cancellationToken);

    private void Attend(Piece piece, Action<Piece, float[]> take, CancellationToken cancellationToken)
    {
        for (; piece.Start < piece.Total; piece.Start += sums.Length)
        {
            sums.Reset();
            foreach (var shard in shards)
            {
                sums.PushEmpty(shard);
            }

            take(piece, Exchange(cancellationToken));
        }
    }

    private float[] Exchange(CancellationToken cancellationToken) => seat.AllReduce(sums, samples: 1, wantsStop: false, cancellationToken).Values;

    /// <summary>As much of the tensors, one after the other, as goes into one vector.</summary>
    private sealed class Piece(IReadOnlyList<Tensor> tensors) : IShardContribution
    {
        public long Start { get; set; }

        public long Total { get; } = tensors.Sum(tensor => tensor.NumberOfElements);

        /// <inheritdoc/>
        public void CopyTo(Span<float> destination)
        {
            destination[(int)Math.Min(destination.Length, Total - Start)..].Clear();
            foreach (var (values, at, from, count) in Parts(destination.Length))
            {
                Values(values).Slice(from, count).CopyTo(destination[at..]);
            }
        }

        /// <inheritdoc/>
        public void AddTo(Span<float> sum) => throw new InvalidOperationException("The state is the only contribution of a broadcast.");

        public void CopyFrom(float[] vector)
        {
            foreach (var (values, at, from, count) in Parts(vector.Length))
            {
                vector.AsSpan(at, count).CopyTo(Values(values)[from..]);
            }
        }

        private static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

        /// <summary>The tensors that the piece cuts: where in the vector, from which element of the tensor, and how many.</summary>
        private IEnumerable<(Tensor Values, int At, int From, int Count)> Parts(int length)
        {
            var begins = -Start;
            foreach (var tensor in tensors)
            {
                var ends = begins + tensor.NumberOfElements;
                var (first, end) = (Math.Max(begins, 0), Math.Min(ends, length));
                if (first < end)
                {
                    yield return (tensor, (int)first, (int)(first - begins), (int)(end - first));
                }

                begins = ends;
            }
        }
    }
}
