using Xunit.Sdk;

namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>In which order classes start.</summary>
public sealed class LongestFirstTests
{
    [Fact]
    public void WhatTakesLongest_StartsFirst()
    {
        ITestCollection[] collections = [Of<LongestFirstTests>(), Of<Shorter>(), Of<Long>(), Of<Short>()];

        var order = new LongestFirst().OrderTestCollections(collections);

        Assert.Equal([collections[2], collections[1], collections[3], collections[0]], order);
    }

    /// <summary>Named as the runner names this class's own.</summary>
    private static Named Of<TClass>() => new(
        TestContext.Current.TestCollection!.TestCollectionDisplayName.Replace(
            typeof(LongestFirstTests).FullName!, typeof(TClass).FullName!, StringComparison.Ordinal));

    [Slow(seconds: 200)]
    private sealed class Long;

    [Slow(seconds: 30)]
    private sealed class Shorter;

    [Slow]
    private sealed class Short;

    private sealed record Named(string TestCollectionDisplayName) : ITestCollection
    {
        public ITestAssembly TestAssembly => TestContext.Current.TestAssembly!;

        public string? TestCollectionClassName => null;

        public IReadOnlyDictionary<string, IReadOnlyCollection<string>> Traits => new Dictionary<string, IReadOnlyCollection<string>>();

        public string UniqueID => TestCollectionDisplayName;
    }
}
