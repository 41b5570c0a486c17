using System.Net;
using System.Net.Http.Headers;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Pull;

/// <summary>The answer to a request for a file, after all redirects.</summary>
/// <param name="Response">The answer; its body is not read yet.</param>
/// <param name="Sha256">The content's SHA-256 as Hugging Face sends it in <c>X-Linked-Etag</c>; null where nobody does.</param>
internal sealed record WeightsAnswer(HttpResponseMessage Response, string? Sha256) : IDisposable
{
    // huggingface/huggingface_hub, src/huggingface_hub/constants.py, HUGGINGFACE_HEADER_X_LINKED_ETAG.
    private const string LinkedETag = "X-Linked-Etag";
    private const int Sha256Digits = 64;
    private const int MostRedirects = 10;

    /// <summary>By what the content is known in a later request: a strong ETag, else the date of its last change.</summary>
    public string? Validator => Response.Headers.ETag is { IsWeak: false, Tag: var tag } ? tag : Response.Content.Headers.LastModified?.ToString("R");

    /// <summary>Asks, and follows redirects to https; from http, which only a mirror has, to http as well.</summary>
    /// <param name="http">The client; it follows none by itself.</param>
    /// <param name="address">Where the file is.</param>
    /// <param name="from">The first byte that is wanted.</param>
    /// <param name="validator">What the content has to be known by for <paramref name="from"/> to count; null for all of it.</param>
    /// <param name="field">What named the file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidInputException">It leads elsewhere than it may, or round and round.</exception>
    /// <exception cref="HttpRequestException">Nobody answers.</exception>
    public static async Task<WeightsAnswer> OfAsync(HttpClient http, Uri address, long from, string? validator, string field, CancellationToken cancellationToken)
    {
        string? sha256 = null;
        var next = address;
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            if (validator is not null)
            {
                request.Headers.Range = new RangeHeaderValue(from, null);
                request.Headers.TryAddWithoutValidation("If-Range", validator);
            }

            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            sha256 ??= LinkedSha256(response);
            if (response.Headers.Location is not { } location || response.StatusCode is not (
                HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return new(response, sha256);
            }

            response.Dispose();
            next = new Uri(next, location);
            if (next.Scheme != Uri.UriSchemeHttps && !(next.Scheme == Uri.UriSchemeHttp && address.Scheme == Uri.UriSchemeHttp))
            {
                throw new InvalidInputException(field, $"{address} redirects to {next.GetLeftPart(UriPartial.Path)}, and only https is followed from there");
            }
        }

        throw new InvalidInputException(field, $"{address} redirects more than {MostRedirects} times");
    }

    public void Dispose() => Response.Dispose();

    private static string? LinkedSha256(HttpResponseMessage response) =>
        response.Headers.TryGetValues(LinkedETag, out var values) && values.First().Trim('"') is { Length: Sha256Digits } digits && digits.All(char.IsAsciiHexDigit)
            ? digits
            : null;
}
