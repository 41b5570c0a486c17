using System.Collections.Immutable;
using DistributedFreeze.Runs;
using Microsoft.Net.Http.Headers;

namespace DistributedFreeze.Silo.Http;

/// <summary>The files that a run leaves.</summary>
internal static class ArtefactEndpoints
{
    public static void MapArtefacts(this IEndpointRouteBuilder api)
    {
        var artefacts = api.MapGroup("/runs/{id}/artefacts").ProducesProblem(StatusCodes.Status404NotFound);
        artefacts.MapGet("", ListAsync).WithName("artefacts").WithSummary("The files in a run's output folder, with their checksums.");
        artefacts.MapGet("/{name}", ReadAsync).WithName("artefact")
            .WithSummary("A file, whole or in ranges. ETag and Repr-Digest are its SHA-256, as it was when the reading began.")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces(StatusCodes.Status206PartialContent)
            .Produces(StatusCodes.Status416RangeNotSatisfiable);
    }

    private static Task<ImmutableArray<Artefact>> ListAsync(string id, IGrainFactory grains) => RunEndpoints.Run(grains, id).ListArtefactsAsync();

    private static async Task<IResult> ReadAsync(string id, string name, HttpResponse response, IGrainFactory grains)
    {
        var run = RunEndpoints.Run(grains, id);
        if ((await run.ListArtefactsAsync()).FirstOrDefault(artefact => artefact.Name == name) is not { } found)
        {
            return Results.Problem($"Run {id} has left no {name}.", statusCode: StatusCodes.Status404NotFound);
        }

        response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(found.Sha256))}:";
        return Results.Stream(
            new ArtefactStream(run, found),
            "application/octet-stream",
            fileDownloadName: name,
            entityTag: new EntityTagHeaderValue($"\"{found.Sha256}\""),
            enableRangeProcessing: true);
    }
}
