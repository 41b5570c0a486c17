using System.Net.Mime;
using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using Microsoft.Net.Http.Headers;

namespace DistributedFreeze.Silo.Http;

/// <summary>A run's specification as it is sent: JSON, or the YAML of a run file.</summary>
internal static class RunBody
{
    /// <summary>The types of content that are taken. No plain form is among them: a foreign page could send one without being asked.</summary>
    public static readonly string[] Types = [MediaTypeNames.Application.Json, MediaTypeNames.Application.Yaml];

    /// <exception cref="InvalidInputException">The text is not UTF-8, or no specification.</exception>
    /// <exception cref="BadHttpRequestException">It is too long, or of another type.</exception>
    public static async Task<RunSpec> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!Types.Contains(TypeOf(request), StringComparer.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException($"A run is sent as {string.Join(" or ", Types)}.", StatusCodes.Status415UnsupportedMediaType);
        }

        string text;
        try
        {
            using var reader = new StreamReader(request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
            text = await reader.ReadToEndAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidInputException("body", "is not text in UTF-8");
        }

        return IsYaml(request) ? RunFile.Parse(new StringReader(text), "body") : ApiJson.ReadSpec(text);
    }

    /// <summary>What the fields of a run are called in what is sent.</summary>
    public static FieldNames NamesIn(HttpRequest request) => IsYaml(request) ? FieldNames.OfRunFile : FieldNames.OfJson;

    private static bool IsYaml(HttpRequest request) => string.Equals(TypeOf(request), MediaTypeNames.Application.Yaml, StringComparison.OrdinalIgnoreCase);

    private static string? TypeOf(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
}
