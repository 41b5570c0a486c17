using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace DistributedFreeze.TestKit;

/// <summary>Starts the classes first that take longest: a long one that starts last has the machine to itself, and the others wait for it.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // Each test project is a program of its own.
    private static readonly Dictionary<string, int> Seconds = Assembly.GetEntryAssembly()!.GetTypes()
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
