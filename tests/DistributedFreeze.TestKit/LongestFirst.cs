using System.Reflection;
using DistributedFreeze;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace DistributedFreeze;

/// <summary>Starts the classes first that take longest: a long one that starts last has the machine to itself, and the others wait for it.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Dictionary<string, int> Seconds = typeof(LongestFirst).Assembly.GetTypes()
        .Select(type => (type.FullName, type.GetCustomAttribute<SlowAttribute>()?.Seconds))
        .Where(one => one.Seconds is not null)
        .ToDictionary(one => one.FullName!, one => one.Seconds!.Value, StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(SecondsOf).ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];

    /// <summary>A class that names no collection has one of its own, whose name says which class it is of.</summary>
    private static int SecondsOf<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection =>
        collection.TestCollectionDisplayName.Split(' ').Select(word => Seconds.GetValueOrDefault(word)).Max();
}
