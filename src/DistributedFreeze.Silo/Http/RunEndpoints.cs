using System.Collections.Immutable;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>Runs: submitted, listed, shown, and told what to do.</summary>
internal static class RunEndpoints
{
    private const int LongestPage = 1000;

    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        api.MapPost("/runs", SubmitAsync).Accepts<RunSpec>(RunBody.Types[0], RunBody.Types[1..]).WithName("submit")
            .WithSummary("Submits a run. The same run under the same id again starts nothing new.")
            .Produces<RunStatus>(StatusCodes.Status201Created).ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        api.MapGet("/runs", ListAsync).WithName("list").WithSummary("Runs at a glance, the latest first, receipts left out.").ProducesValidationProblem();
        var run = api.MapGroup("/runs/{id}").ProducesProblem(StatusCodes.Status404NotFound);
        run.MapGet("", (string id, IGrainFactory grains) => StatusAsync(Run(grains, id))).WithName("show")
            .WithSummary("A run at a glance, with its receipt once it has succeeded.");
        run.MapDelete("", DeleteAsync).WithName("delete").WithSummary("Forgets a run that has ended; its output folder stays.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
        Order(run, "pause", "Asks a run to halt after its current step, with a checkpoint.", grain => grain.PauseAsync());
        Order(run, "resume", "Queues a run again that is paused, was interrupted or has failed.", grain => grain.ResumeAsync());
        Order(run, "cancel", "Gives a run up after its current step.", grain => grain.CancelAsync());
    }

    /// <summary>The run of an id.</summary>
    /// <exception cref="RunNotFoundException">No run can have that id.</exception>
    internal static IRunGrain Run(IGrainFactory grains, string id)
    {
        try
        {
            RunIds.EnsureValid(id);
        }
        catch (InvalidInputException)
        {
            throw new RunNotFoundException(id);
        }

        return grains.GetGrain<IRunGrain>(id);
    }

    private static async Task<RunStatus> StatusAsync(IRunGrain run) => FieldNames.OfJson.In(await run.GetStatusAsync());

    private static void Order(IEndpointRouteBuilder run, string name, string summary, Func<IRunGrain, Task> order) =>
        run.MapPost($"/{name}", async (string id, IGrainFactory grains) =>
        {
            var grain = Run(grains, id);
            await order(grain);
            return Results.Accepted(value: await StatusAsync(grain));
        }).WithName(name).WithSummary(summary).Produces<RunStatus>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);

    /// <param name="request">Its body is the specification, in JSON or YAML.</param>
    /// <param name="grains">The way to the cluster.</param>
    /// <param name="id">1 to 64 letters, digits, dots, dashes and underscores; a new id where it is missing.</param>
    /// <param name="priority">Runs with a higher one get devices first, -100 to 100.</param>
    /// <param name="resume">Whether to go on from the checkpoint in the output folder.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private static async Task<IResult> SubmitAsync(
        HttpRequest request, IGrainFactory grains, string? id, int priority = 0, bool resume = false, CancellationToken cancellationToken = default)
    {
        id ??= RunIds.New();
        EnsureValid(id, priority);
        var spec = await RunBody.ReadAsync(request, cancellationToken);
        var run = grains.GetGrain<IRunGrain>(id);
        try
        {
            await run.StartAsync(new(spec, resume, priority));
        }
        catch (InvalidInputException invalid)
        {
            throw RunBody.NamesIn(request).In(invalid);
        }

        return Results.Created($"/api/v1/runs/{id}", await StatusAsync(run));
    }

    private static void EnsureValid(string id, int priority)
    {
        try
        {
            RunIds.EnsureValid(id);
        }
        catch (InvalidInputException wrong)
        {
            throw new InvalidInputException("id", wrong.Problems[0].Message);
        }

        RunSubmission.EnsureValidPriority(priority);
    }

    private static async Task<ImmutableArray<RunStatus>> ListAsync(
        IGrainFactory grains, int skip = 0, int take = 50, CancellationToken cancellationToken = default)
    {
        if (skip < 0 || take is < 1 or > LongestPage)
        {
            throw new InvalidInputException(skip < 0 ? "skip" : "take", $"must be {(skip < 0 ? "at least 0" : $"1 to {LongestPage}")}, got {(skip < 0 ? skip : take)}");
        }

        var runs = await new DistributedFreezeClient(grains).ListAsync(skip, take, cancellationToken);
        return [.. runs.Select(run => FieldNames.OfJson.In(run with { Receipt = null }))];
    }

    private static async Task<IResult> DeleteAsync(string id, IGrainFactory grains)
    {
        await Run(grains, id).DeleteAsync();
        return Results.NoContent();
    }
}
