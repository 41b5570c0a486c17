using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Contexts;

/// <summary>The clusters that have names on this machine, and the one in use.</summary>
internal sealed class ContextList
{
    /// <summary>Name of the one in use; null for none.</summary>
    public string? Current { get; set; }

    /// <summary>The clusters by name.</summary>
    public SortedDictionary<string, ClusterContext> Contexts { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The one in use; null for none.</summary>
    /// <exception cref="InvalidInputException">It has been taken away.</exception>
    public ClusterContext? Used => Current is null ? null : Get("current context", Current);

    /// <exception cref="InvalidInputException">There is no such context.</exception>
    /// <param name="field">What it was named with, for the error.</param>
    /// <param name="name">Its name.</param>
    public ClusterContext Get(string field, string name) => Contexts.TryGetValue(name, out var context)
        ? context
        : throw new InvalidInputException(field, Contexts.Count == 0
            ? $"there is no context {name}; dfreeze context add makes one"
            : $"there is no context {name}; there are {string.Join(", ", Contexts.Keys)}");
}
