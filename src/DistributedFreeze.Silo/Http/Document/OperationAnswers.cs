using System.Collections.Immutable;
using System.Globalization;
using System.Net.Mime;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http.Document;

/// <summary>Answers that come from what stands before every operation: who is asked, how much, and what is sent.</summary>
internal static class OperationAnswers
{
    private static readonly ImmutableArray<int> ToAll =
    [
        StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable,
    ];

    private static readonly ImmutableArray<int> ToBodies =
        [StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType];

    private static readonly ImmutableArray<int> WithRetryAfter = [StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable];

    public static async Task Add(OpenApiOperation operation, OpenApiOperationTransformerContext about, CancellationToken cancellationToken)
    {
        operation.Responses ??= [];
        await about.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellationToken);
        foreach (var status in operation.RequestBody is null ? ToAll : [.. ToAll, .. ToBodies])
        {
            var code = status.ToString(CultureInfo.InvariantCulture);
            operation.Responses.TryAdd(code, Problem(status, about.Document!));
            if (WithRetryAfter.Contains(status) && operation.Responses[code] is OpenApiResponse response)
            {
                response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)
                {
                    ["Retry-After"] = new OpenApiHeader { Description = "Seconds to wait.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
                };
            }
        }

        if (operation.Summary is { } text)
        {
            // A summary is a line in a list; what else there is to know follows below it.
            operation.Description ??= text;
            operation.Summary = text.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? text[..(end + 1)] : text;
        }
    }

    private static OpenApiResponse Problem(int status, OpenApiDocument document) => new()
    {
        Description = ReasonPhrases.GetReasonPhrase(status),
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [MediaTypeNames.Application.ProblemJson] = new() { Schema = new OpenApiSchemaReference(nameof(ProblemDetails), document) },
        },
    };
}
