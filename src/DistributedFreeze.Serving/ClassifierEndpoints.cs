using System.Diagnostics;
using System.Globalization;
using DistributedFreeze.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Serving;

/// <summary>A classifier over HTTP.</summary>
public static class ClassifierEndpoints
{
    /// <summary>Maps <c>POST classify</c>, which says what is on images, and <c>GET model</c>, which says what answers.</summary>
    /// <remarks>
    /// The body is an image, or a form with files: <c>curl --data-binary @one.jpg URL/classify</c>, <c>curl -F file=@one.jpg -F file=@two.jpg URL/classify</c>.
    /// <c>?top=3</c> leaves out less probable classes. Errors are problem documents (RFC 9457): 400 for what is no image, 413 for too large a request, 503 with
    /// <c>Retry-After</c> where too many images wait.
    /// </remarks>
    /// <param name="endpoints">Where to.</param>
    /// <param name="prefix">Path before both, such as <c>/flowers</c>; empty for none.</param>
    /// <returns>Both, for policies such as <c>RequireAuthorization</c>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="ServingServices.AddClassifier"/> was not called.</exception>
    public static RouteGroupBuilder MapClassifier(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        if (endpoints.ServiceProvider.GetRequiredService<IServiceProviderIsService>() is var services && !services.IsService(typeof(ServedClassifier)))
        {
            throw new InvalidOperationException("MapClassifier needs services.AddClassifier(...).");
        }

        var group = endpoints.MapGroup(prefix);
        group.MapGet("/model", (ServedClassifier classifier) => new { classifier.Classes, classifier.ModelSha256, classifier.ReloadFault });
        group.MapPost("/classify", AnswerAsync).DisableAntiforgery();
        return group;
    }

    private static async Task<IResult> AnswerAsync(HttpRequest request, ServedClassifier classifier, ServingMetrics metrics, IOptions<ServingOptions> options, CancellationToken cancellationToken)
    {
        if (Top(request.Query["top"]) is not { } top)
        {
            return Problem(StatusCodes.Status400BadRequest, $"?top must be a whole number from 1, got '{request.Query["top"]}'");
        }

        var most = options.Value.MaxRequestBytes;
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most;
        }

        try
        {
            var slot = classifier.Slots.Take(); // before a byte is read: what waits is bounded, and so is its memory
            if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true) // curl calls whatever it sends a form
            {
                return Results.Ok(Cut(await OneAsync(request.Body, request.ContentLength ?? 0, slot, classifier, metrics, cancellationToken), top));
            }

            IFormFileCollection files;
            using (slot)
            {
                files = (await request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = long.MaxValue }, cancellationToken)).Files; // they go to the disk
            }

            return files.Count == 0
                ? Problem(StatusCodes.Status400BadRequest, "The form has no file; an image for each file would be right")
                : Results.Ok(new { Images = await Task.WhenAll(files.Select(file => OneOfAsync(file, classifier, metrics, top, cancellationToken))) });
        }
        catch (InvalidInputException invalid)
        {
            return Problem(StatusCodes.Status400BadRequest, $"The body is {invalid.Problems[0].Message}");
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problem(StatusCodes.Status413PayloadTooLarge, string.Create(CultureInfo.InvariantCulture, $"A request may have {most:N0} bytes"));
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException)
        {
            return Problem(StatusCodes.Status400BadRequest, $"The request cannot be read: {broken.Message}");
        }
        catch (ServerBusyException busy)
        {
            metrics.Answered("busy", Stopwatch.GetTimestamp());
            request.HttpContext.Response.Headers.RetryAfter = "1";
            return Problem(StatusCodes.Status503ServiceUnavailable, busy.Message);
        }
    }

    /// <returns>How many classes are asked for; null where that is no number.</returns>
    private static int? Top(string? given) =>
        string.IsNullOrEmpty(given) ? int.MaxValue : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var top) && top > 0 ? top : null;

    /// <summary>One file of a form: what is wrong with it keeps no answer from the others, and it waits for a place, since the form has been let in.</summary>
    private static async Task<object> OneOfAsync(IFormFile file, ServedClassifier classifier, ServingMetrics metrics, int top, CancellationToken cancellationToken)
    {
        await using var stream = file.OpenReadStream();
        var slot = await classifier.Slots.TakeAsync(cancellationToken);
        try
        {
            var answer = Cut(await OneAsync(stream, file.Length, slot, classifier, metrics, cancellationToken), top);
            return new { Name = file.FileName, answer.Predictions, answer.ModelSha256 };
        }
        catch (InvalidInputException invalid)
        {
            return new { Name = file.FileName, Error = invalid.Problems[0].Message };
        }
    }

    /// <param name="stream">What is read to its end.</param>
    /// <param name="length">How long it says that it is; 0 where it does not.</param>
    /// <param name="slot">The image's place: given back here only if it is not read, since it may be computed after its caller has gone.</param>
    /// <param name="classifier">Answers.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private static async Task<Classification> OneAsync(
        Stream stream, long length, IDisposable slot, ServedClassifier classifier, ServingMetrics metrics, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream((int)Math.Min(length, 1 << 20)); // what it says may be wrong
        try
        {
            await stream.CopyToAsync(content, cancellationToken);
        }
        catch
        {
            slot.Dispose();
            throw;
        }

        return await CountedAsync(metrics, () => classifier.ClassifyAsync(content.GetBuffer().AsMemory(0, (int)content.Length), slot, cancellationToken));
    }

    private static async Task<Classification> CountedAsync(ServingMetrics metrics, Func<Task<Classification>> classify)
    {
        var (began, outcome) = (Stopwatch.GetTimestamp(), "failed");
        try
        {
            var answer = await classify();
            outcome = "ok";
            return answer;
        }
        catch (Exception reason)
        {
            outcome = reason switch
            {
                InvalidInputException => "invalid",
                OperationCanceledException => "cancelled",
                _ => outcome,
            };
            throw;
        }
        finally
        {
            metrics.Answered(outcome, began);
        }
    }

    private static Classification Cut(Classification whole, int top) => whole with { Predictions = [.. whole.Predictions.Take(top)] };

    private static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);
}
