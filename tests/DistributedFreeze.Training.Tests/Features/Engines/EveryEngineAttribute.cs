using System.Reflection;
using DistributedFreeze.Runs;
using Xunit.Sdk;
using Xunit.v3;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Both engines on both graphs.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EveryEngineAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        .. from kind in Enum.GetValues<PrefixEngine>()
           from graph in Enum.GetValues<NetworkGraph>()
           select new TheoryDataRow<PrefixEngine, NetworkGraph>(kind, graph),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
