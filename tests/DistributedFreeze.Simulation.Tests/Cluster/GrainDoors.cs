using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using DistributedFreeze.Grains;
using Orleans.Concurrency;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>Sends a call to where its grain is.</summary>
/// <param name="from">Who calls.</param>
/// <param name="call">Does it, there.</param>
/// <param name="limit">How long to wait for the answer.</param>
/// <param name="interleaves">Whether it may be done while another call is in flight.</param>
internal delegate Task<object?> SendCall(SimSilo from, Func<object, object?> call, TimeSpan limit, bool interleaves);

/// <summary>How a process of the cluster gets at grains: each call goes over the network to where the grain is.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The proxy derives from it.")]
internal class GrainDoors : DispatchProxy
{
    private SimCluster _cluster = null!;
    private SimSilo _from = null!;

    public static IGrainFactory For(SimCluster cluster, SimSilo from)
    {
        var factory = Create<IGrainFactory, GrainDoors>();
        (((GrainDoors)(object)factory)._cluster, ((GrainDoors)(object)factory)._from) = (cluster, from);
        return factory;
    }

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var grain = targetMethod!.GetGenericArguments()[0];
        return grain == typeof(ISchedulerGrain) ? Door(grain, (from, call, limit, _) => _cluster.CallSchedulerAsync(from, call, limit))
            : grain == typeof(ICatalogueGrain) ? new SimCatalogue(_cluster.Store, _from.Process)
            : grain == typeof(IRunGrain) ? Door(grain, (from, call, _, interleaves) => _cluster.CallRunAsync(from, call, interleaves))
            : grain == typeof(IReplicaGrain) ? Door(grain, (from, call, limit, _) => _cluster.CallReplicaAsync(from, (string)args![0]!, call, limit))
            : grain == typeof(IOutputGrain) ? new OwnOutput()
            : throw new NotSupportedException(grain.Name);
    }

    private object Door(Type grain, SendCall send) =>
        typeof(GrainDoor).GetMethod(nameof(GrainDoor.Of))!.MakeGenericMethod(grain).Invoke(null, [_from, send])!;
}

/// <summary>One grain, as a process sees it.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The proxy derives from it.")]
internal class GrainDoor : DispatchProxy
{
    private static readonly MethodInfo Typed = typeof(GrainDoor).GetMethod(nameof(TypedAsync), BindingFlags.NonPublic | BindingFlags.Static)!;
    private SimSilo _from = null!;
    private SendCall _send = null!;

    public static T Of<T>(SimSilo from, SendCall send)
        where T : class
    {
        var door = Create<T, GrainDoor>();
        (((GrainDoor)(object)door)._from, ((GrainDoor)(object)door)._send) = (from, send);
        return door;
    }

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var limit = targetMethod!.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout ?? TimeSpan.FromSeconds(30);
        var answer = _send(_from, grain => targetMethod!.Invoke(grain, BindingFlags.DoNotWrapExceptions, null, args, null), limit, targetMethod!.IsDefined(typeof(AlwaysInterleaveAttribute)));
        return targetMethod!.ReturnType.IsGenericType ? Typed.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()[0]).Invoke(null, [answer])! : answer;
    }

    private static async Task<T> TypedAsync<T>(Task<object?> answer) => (T)(await answer)!;
}
