using System.Runtime.CompilerServices;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace DistributedFreeze;

/// <summary>What has to stand in each test program's own assembly, so that it is compiled into each.</summary>
internal static class TestProgram
{
    [ModuleInitializer]
    internal static void Begin() => OwnFeatureCache.Set();
}
