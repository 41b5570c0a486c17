using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Simulation.Runs;

namespace DistributedFreeze.Simulation.Cluster;

/// <content>What it does together with the other members of its group.</content>
internal sealed partial class SimReplica
{
    private async Task<WindowReport> TrainAsync(WindowOrder order)
    {
        _standing!.Begin(order);
        KeepBest(order.Progress);
        var (stopped, seconds) = (false, 0.0);
        for (var step = order.FirstStep; step < order.FirstStep + order.Steps && !stopped; step++)
        {
            var time = world.Between(0.1, 0.5) * (Shards.Length * Slow);
            seconds += time.TotalSeconds;
            await Task.Delay(time, silo.Process.Time);
            if (world.Chance(Fails))
            {
                throw new ReplicaLostException("CUDA error: an illegal memory access was encountered");
            }

            var place = (order.Phase, order.Epoch, step);
            var total = await _seat!.ExchangeAsync(new(place, SimRun.Gradients(_state, Shards, place), Mix.Of(_state.Weights, _state.Optimizer), _stopRequested));
            _standing.Applying();
            var next = _state.After(total.Value, Open);
            _state = _state.InBetween(Open);
            await TakeAsync(0.001, 0.01);
            if (world.Chance(Fails))
            {
                throw new ReplicaLostException("CUDA error: an illegal memory access was encountered");
            }

            if (Tears)
            {
                Tears = false;
                throw new ExchangeBrokenException("The step was applied in half.");
            }

            _state = next;
            _standing.Applied(order, Mix.Loss(total.Value), 1, run.Schedule.SamplesIn(step), 0, 0);
            silo.Applied(place);
            stopped = total.Stop;
        }

        return _standing.Since! with { Stopped = stopped, Times = new(0, 0, seconds, 0, 0) };
    }

    private async Task<string> BroadcastAsync(BroadcastOrder order)
    {
        var isRoot = order.Root == _group!.Member;
        var takes = _standing!.BeginBroadcast(order, isRoot);
        if (takes)
        {
            (_state, _best) = (_state.InBetween(Open), null);
        }
        else
        {
            KeepBest(order.Progress);
        }

        await TakeAsync(0.001, 0.05);
        var needsBest = BestSoFar.IsNeeded(order.Progress, run.Spec.Phases);
        var sent = await _seat!.BroadcastAsync(isRoot ? SimState.Format(_state, needsBest ? _best : null) : null);
        await TakeAsync(0.001, 0.05);
        if (takes)
        {
            (_state, _best) = _state.Restore(sent);
            _standing.GoOnFrom(order.Progress);
        }

        return SimState.Format(_state, needsBest ? _best : null);
    }
}
