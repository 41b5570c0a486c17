using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Pull;

/// <summary>Brings published weights into a folder, where each appears whole and checked or not at all.</summary>
/// <param name="folder">The folder; it need not exist.</param>
/// <param name="mirror">Where to take them from; null for their publishers.</param>
/// <param name="field">What named them.</param>
internal sealed class WeightsPull(string folder, WeightsMirror? mirror, string field)
{
    /// <summary>Environment variable that names the folder to use where nothing else does.</summary>
    public const string Variable = "DFREEZE_WEIGHTS";

    /// <summary>The folder to use where nothing names another: <see cref="Variable"/>, else <c>dfreeze/weights</c> in the user's cache.</summary>
    public static string DefaultFolder => UserCache.Folder(Variable, "weights");

    /// <summary>Answers requests; null is the network, through the proxy that <c>HTTPS_PROXY</c> and its kin name.</summary>
    public HttpMessageHandler? Handler { get; init; }

    public PullLimits Limits { get; init; } = new();

    /// <summary>Full path of a file, whether it is there or not.</summary>
    public string PathOf(PublishedWeights weights) => Path.GetFullPath(Path.Combine(folder, weights.File));

    /// <summary>Brings a file here unless it is.</summary>
    /// <param name="weights">Which.</param>
    /// <param name="progress">Called with bytes that are here and bytes of all, null where nobody says.</param>
    /// <param name="cancellationToken">Ends it; the next pull goes on from what has arrived.</param>
    /// <exception cref="InvalidInputException">It cannot be had, is not what it should be, or cannot be written.</exception>
    public async Task<PulledWeights> RunAsync(PublishedWeights weights, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        var target = PathOf(weights);
        try
        {
            if (File.Exists(target))
            {
                using var there = File.OpenRead(target);
                Require(weights.Checksum, there, target, "remove it, and it is pulled again", cancellationToken);
                return new(target, there.Length, From: null, weights.Checksum);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var part = PartFile.Open(target);
            return await FillAsync(weights, part, target, progress, cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(field, $"{target} cannot be read or written: {refused.Message} Another folder can be named by {Variable}.");
        }
    }

    private async Task<PulledWeights> FillAsync(PublishedWeights weights, PartFile part, string target, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        var from = mirror?.PlaceOf(weights) ?? weights.Address.AbsoluteUri;
        Checksum? checksum;
        try
        {
            checksum = mirror?.Folder is null
                ? await DownloadAsync(weights, new(from), part, progress, cancellationToken)
                : Copy(weights, from, part, progress, cancellationToken);
        }
        catch (BrokenOffException reason)
        {
            throw new InvalidInputException(
                field,
                $"'{weights.Name}' cannot be pulled from {from}: {reason.Message}. {(part.Length > 0 ? $"{Amount.Bytes(part.Length)} have arrived, and the next try goes on from there. " : "")}{Otherwise(weights, target)}");
        }

        try
        {
            Require(checksum, part.Content, from, "what was pulled is removed", cancellationToken);
        }
        catch (InvalidInputException)
        {
            part.Remove();
            throw;
        }

        var bytes = part.Length;
        part.Finish(target);
        return new(target, bytes, from, checksum);
    }

    private async Task<Checksum?> DownloadAsync(PublishedWeights weights, Uri address, PartFile part, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        using var handler = Handler is null ? new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(15) } : null;
        using var http = new HttpClient(Handler ?? handler!, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new("dfreeze", null));
        var sha256 = await new WeightsDownload(http, Limits, field).RunAsync(address, part, progress, cancellationToken);
        return weights.Checksum ?? (sha256 is null ? null : Checksum.Sha256(sha256));
    }

    private Checksum? Copy(PublishedWeights weights, string from, PartFile part, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        if (!File.Exists(from))
        {
            throw new InvalidInputException(field, $"'{weights.Name}' cannot be pulled: {from} does not exist. Put the file of {weights.Address} there");
        }

        using var source = File.OpenRead(from);
        part.Begin(from, null);
        var buffer = new byte[1 << 20];
        while (source.Read(buffer) is > 0 and var read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            part.Append(buffer.AsSpan(0, read));
            progress(part.Length, source.Length);
        }

        return weights.Checksum;
    }

    private static string Otherwise(PublishedWeights weights, string target) =>
        $"Without a network, get {weights.Address} elsewhere and put it at {target}, or name a mirror that has {weights.File} by --mirror or {WeightsMirror.Variable}";

    private void Require(Checksum? checksum, Stream content, string what, string then, CancellationToken cancellationToken)
    {
        if (checksum is not null && checksum.Of(content, cancellationToken) is var found && !checksum.Fits(found))
        {
            throw new InvalidInputException(field, $"{what} is not what its publisher has: expected {checksum}, found {found}; {then}");
        }
    }
}

/// <summary>A file of weights that is here.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="From">Where it came from just now; null where it was here before.</param>
/// <param name="Checksum">By what it was checked; null where nobody says a checksum.</param>
internal sealed record PulledWeights(string Path, long Bytes, string? From, Checksum? Checksum);
