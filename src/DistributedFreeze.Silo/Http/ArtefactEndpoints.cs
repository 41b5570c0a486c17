using System.Collections.Immutable;
using System.Net.Mime;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http.Access;
using Microsoft.Net.Http.Headers;

namespace DistributedFreeze.Silo.Http;

/// <summary>The files that a run leaves.</summary>
internal static class ArtefactEndpoints
{
    private const string Json = MediaTypeNames.Application.Json;
    private const string Text = MediaTypeNames.Text.Plain;
    private const string Binary = MediaTypeNames.Application.Octet;

    public static void MapArtefacts(this IEndpointRouteBuilder api)
    {
        var artefacts = api.MapGroup("/runs/{id}/artefacts").WithTags(ApiTags.Artefacts).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status403Forbidden);
        artefacts.MapGet("", ListAsync).WithName("artefacts").WithSummary("The files that a run has left, with their checksums, for its owner and admins.");
        artefacts.MapGet("/{name}", ReadAsync).WithName("artefact")
            .WithSummary("A file, whole or in ranges. ETag and Repr-Digest are its SHA-256, as it was when the reading began.")
            .Produces<Stream>(StatusCodes.Status200OK, Binary, Json, Text).Produces<Stream>(StatusCodes.Status206PartialContent, Binary, Json, Text)
            .ProducesProblem(StatusCodes.Status416RangeNotSatisfiable);
    }

    private static async Task<ImmutableArray<Artefact>> ListAsync(string id, HttpContext context, IGrainFactory grains) =>
        await (await RunAsync(id, context, grains)).ListArtefactsAsync();

    private static async Task<IRunGrain> RunAsync(string id, HttpContext context, IGrainFactory grains)
    {
        var run = RunEndpoints.Run(grains, id);
        RunRights.RequireChange(Callers.Of(context), await run.GetStatusAsync(), "fetch files of");
        return run;
    }

    private static async Task<IResult> ReadAsync(string id, string name, HttpContext context, IGrainFactory grains)
    {
        var run = await RunAsync(id, context, grains);
        if ((await run.ListArtefactsAsync()).FirstOrDefault(artefact => artefact.Name == name) is not { } found)
        {
            return Results.Problem($"Run {id} has left no {name}.", statusCode: StatusCodes.Status404NotFound);
        }

        var response = context.Response;
        response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(found.Sha256))}:";
        var file = Results.Stream(
            new ArtefactStream(run, found),
            TypeOf(name),
            fileDownloadName: name,
            entityTag: new EntityTagHeaderValue($"\"{found.Sha256}\""),
            enableRangeProcessing: true);
        await file.ExecuteAsync(context);
        if (response is not { StatusCode: StatusCodes.Status416RangeNotSatisfiable, HasStarted: false })
        {
            return Results.Empty;
        }

        response.ContentLength = null;
        response.Headers.ContentDisposition = default;
        return Results.Problem(
            $"{name} has {found.Bytes} bytes, and none of them is in the range {context.Request.Headers.Range}.",
            statusCode: StatusCodes.Status416RangeNotSatisfiable);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".json" => Json,
        ".txt" => $"{Text}; charset=utf-8",
        _ => Binary, // safetensors has no type of its own
    };
}
