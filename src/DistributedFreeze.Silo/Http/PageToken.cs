using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Silo.Http;

/// <summary>Where a page of runs ends: after a run, wherever newer ones have moved it meanwhile.</summary>
/// <remarks>Pure and thread-safe.</remarks>
internal static class PageToken
{
    /// <summary>No id has it.</summary>
    private const char Between = '~';

    /// <param name="ids">All runs, the latest first.</param>
    /// <param name="last">Index of the last one on the page.</param>
    public static string After(ImmutableArray<string> ids, int last) => Base64Url.EncodeToString(
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ids.Length - last - 1}{Between}{ids[last]}")));

    /// <summary>Where the next page begins. For a run that was forgotten meanwhile, the number of older ones says it.</summary>
    /// <param name="token">The token; null for the first page.</param>
    /// <param name="ids">All runs, the latest first.</param>
    /// <exception cref="InvalidInputException">It is no token.</exception>
    public static int Start(string? token, ImmutableArray<string> ids)
    {
        if (token is null)
        {
            return 0;
        }

        var parts = Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(Between) : [];
        if (parts is not [var count, var id] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var older))
        {
            throw new InvalidInputException("page", $"must be what the page before has as next, got '{token}'");
        }

        return ids.IndexOf(id) is >= 0 and var last ? last + 1 : Math.Max(0, ids.Length - older);
    }
}
