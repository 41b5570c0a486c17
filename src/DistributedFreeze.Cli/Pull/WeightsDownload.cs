using System.Net;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Pull;

/// <summary>Brings a file from an address into its part, and goes on where a connection breaks off.</summary>
/// <param name="http">The client; it follows no redirects and has no time limit of its own.</param>
/// <param name="limits">How long and how much.</param>
/// <param name="field">What named the file.</param>
internal sealed class WeightsDownload(HttpClient http, PullLimits limits, string field)
{
    private const int BytesAtOnce = 1 << 17;

    /// <summary>Downloads what is missing.</summary>
    /// <param name="address">Where the file is.</param>
    /// <param name="part">What is here.</param>
    /// <param name="progress">Called with bytes that are here and bytes of all, null where nobody says, after each that arrive.</param>
    /// <param name="cancellationToken">Ends it; the part stays.</param>
    /// <returns>The SHA-256 that came with the answer, or null.</returns>
    /// <exception cref="InvalidInputException">The other side has no such file, or too much of it.</exception>
    /// <exception cref="BrokenOffException">Nobody answers, or no more arrives.</exception>
    /// <exception cref="IOException">The part cannot be written.</exception>
    public async Task<string?> RunAsync(Uri address, PartFile part, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = part.Length;
            try
            {
                return await AttemptAsync(address, part, progress, cancellationToken);
            }
            catch (BrokenOffException) when (part.Length > before && attempt < limits.Attempts)
            {
                // Something has arrived: what is missing is asked for at once.
            }
        }
    }

    private async Task<string?> AttemptAsync(Uri address, PartFile part, Action<long, long?> progress, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var validator = part.ValidatorAt(address.AbsoluteUri);
        var answer = await Patiently(() => WeightsAnswer.OfAsync(http, address, part.Length, validator, field, patience.Token), patience, cancellationToken);
        if (validator is not null && !GoesOn(answer.Response, part.Length) && answer.Response.StatusCode is (HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            answer.Dispose();
            part.Begin(address.AbsoluteUri, null); // what is here is no part of what they have now
            answer = await Patiently(() => WeightsAnswer.OfAsync(http, address, 0, null, field, patience.Token), patience, cancellationToken);
        }

        using (answer)
        {
            var goesOn = validator is not null && GoesOn(answer.Response, part.Length);
            if (!goesOn && answer.Response.StatusCode != HttpStatusCode.OK)
            {
                throw new BrokenOffException($"the answer is {(int)answer.Response.StatusCode} {answer.Response.ReasonPhrase}".TrimEnd());
            }

            if (!goesOn)
            {
                part.Begin(address.AbsoluteUri, answer.Validator);
            }

            var all = part.Length + answer.Response.Content.Headers.ContentLength;
            RequireSize(all ?? 0, address);
            using var body = await Patiently(() => answer.Response.Content.ReadAsStreamAsync(patience.Token), patience, cancellationToken);
            var buffer = new byte[BytesAtOnce];
            while (await Patiently(() => body.ReadAsync(buffer, patience.Token).AsTask(), patience, cancellationToken) is > 0 and var read)
            {
                RequireSize(part.Length + read, address);
                part.Append(buffer.AsSpan(0, read));
                progress(part.Length, all);
            }

            return part.Length < all ? throw new BrokenOffException("the connection ended too early") : answer.Sha256;
        }
    }

    private static bool GoesOn(HttpResponseMessage response, long from) =>
        response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange is { Unit: "bytes", From: var first } && first == from;

    private void RequireSize(long bytes, Uri address)
    {
        if (bytes > limits.Bytes)
        {
            throw new InvalidInputException(field, $"{address} has more than {Amount.Bytes(limits.Bytes)}, which no file of weights here does");
        }
    }

    /// <summary>Waits for the other side, but not for ever, and tells its faults from those of this machine's disk.</summary>
    private async Task<T> Patiently<T>(Func<Task<T>> step, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        patience.CancelAfter(limits.Silence);
        try
        {
            return await step();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokenOffException($"nothing has come for {Amount.Duration(limits.Silence.TotalSeconds)}");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new BrokenOffException(broken.InnerException is { } inner && broken is HttpRequestException ? inner.Message : broken.Message);
        }
    }
}

/// <summary>The other side does not answer, or no longer. What has arrived is kept.</summary>
/// <param name="reason">Why, as the rest of a sentence.</param>
internal sealed class BrokenOffException(string reason) : Exception(reason.TrimEnd('.'));

/// <summary>Bounds of a pull.</summary>
internal sealed record PullLimits
{
    /// <summary>Bytes of a file; a ResNet50 has about 100 MB. Default: 2 GiB.</summary>
    public long Bytes { get; init; } = 1L << 31;

    /// <summary>How long to wait for the next byte. Default: a minute.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Connections in a row, each of which brings something. Default: 20.</summary>
    public int Attempts { get; init; } = 20;
}
