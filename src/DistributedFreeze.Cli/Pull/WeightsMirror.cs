using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Pull;

/// <summary>Where files are taken from in place of their publishers: a folder or an address, with the same names below it.</summary>
/// <param name="Folder">A folder's full path, or null.</param>
/// <param name="Address">An address that ends in <c>/</c>, or null.</param>
internal sealed record WeightsMirror(string? Folder, Uri? Address)
{
    /// <summary>Environment variable that names it where no option does.</summary>
    public const string Variable = "DFREEZE_MIRROR";

    /// <summary>Reads what a person gave.</summary>
    /// <param name="given">An option's value, or null.</param>
    /// <param name="option">The option's name.</param>
    /// <returns>Null where nothing names one.</returns>
    /// <exception cref="InvalidInputException">It is neither a folder's path nor an address.</exception>
    public static WeightsMirror? Of(string? given, string option)
    {
        var field = given is null ? Variable : option;
        given ??= Environment.GetEnvironmentVariable(Variable);
        if (given is null || (given.Length == 0 && field == Variable))
        {
            return null;
        }

        if (!given.Contains("://", StringComparison.Ordinal))
        {
            return given.Length > 0 ? new(Path.GetFullPath(given), null) : throw new InvalidInputException(field, "must be a folder or an address, got ''");
        }

        return Uri.TryCreate(given.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address is { Query: "", Fragment: "" }
            ? new(null, address)
            : throw new InvalidInputException(field, $"must be a folder, or an address that begins with https:// or http:// and has no ? and no #, got '{given}'");
    }

    /// <summary>Where it has a file.</summary>
    public string PlaceOf(PublishedWeights weights) => Folder is { } folder ? Path.Combine(folder, weights.File) : new Uri(Address!, weights.File).AbsoluteUri;
}
