using System.ComponentModel;
using System.Diagnostics;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http.Access;
using Microsoft.AspNetCore.Mvc;

namespace DistributedFreeze.Silo.Http;

/// <summary>Runs: submitted, listed, shown, and told what to do.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        var runs = api.MapGroup("").WithTags(ApiTags.Runs);
        runs.MapPost("/runs", SubmitAsync).Accepts<RunSpec>(RunBody.Types[0], RunBody.Types[1..]).WithName("submit")
            .WithSummary("Submits a run. The same run under the same id or Idempotency-Key again starts nothing new, and is 200.")
            .Produces<RunStatus>(StatusCodes.Status201Created).Produces<RunStatus>(StatusCodes.Status200OK).ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        runs.MapGet("/runs", RunList.ListAsync).WithName("list").WithSummary("Runs in short, the latest first, page by page.")
            .ProducesValidationProblem();
        var run = runs.MapGroup("/runs/{id}").ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound);
        run.MapGet("", ShowAsync).WithName("show").WithSummary("A run at a glance, with its receipt once it has succeeded.")
            .ProducesValidationProblem();
        run.MapDelete("", DeleteAsync).WithName("delete").WithSummary("Forgets a run that has ended; its output folder stays.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
        Order(run, "pause", "Asks a run to halt after its current step, with a checkpoint.", grain => grain.PauseAsync());
        Order(run, "resume", "Queues a run again that is paused, was interrupted or has failed.", grain => grain.ResumeAsync());
        Order(run, "cancel", "Gives a run up after its current step. One that is cancelled already is 200.", CancelAsync)
            .Produces<RunStatus>(StatusCodes.Status200OK);
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

    private static async Task<RunStatus> ShowAsync(
        HttpRequest request, string id, IGrainFactory grains, [Description("Whether progress.epochs has every epoch that is done; else it is empty.")] bool epochs = false)
    {
        QueryNames.RequireKnown(request, "epochs");
        var run = Run(grains, id);
        var status = await StatusAsync(run);
        RunRights.RequireRead(Callers.Of(request.HttpContext), status);
        return epochs ? status with { Progress = status.Progress with { EpochsBefore = 0, Epochs = await run.ReadAllEpochsAsync() } } : status;
    }

    private static async Task<RunStatus> StatusAsync(IRunGrain run) => FieldNames.OfJson.In(await run.GetStatusAsync());

    private static RouteHandlerBuilder Order(IEndpointRouteBuilder run, string name, string summary, Func<IRunGrain, Task> order) =>
        Order(run, name, summary, async grain =>
        {
            await order(grain);
            return true;
        });

    /// <param name="run">Where the order is sent.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it does.</param>
    /// <param name="order">Gives it; false where all is as was ordered already.</param>
    private static RouteHandlerBuilder Order(IEndpointRouteBuilder run, string name, string summary, Func<IRunGrain, Task<bool>> order) =>
        run.MapPost($"/{name}", async (string id, HttpContext context, IGrainFactory grains) =>
        {
            var grain = Run(grains, id);
            RunRights.RequireChange(Callers.Of(context), await grain.GetStatusAsync(), name);
            var follows = await order(grain);
            var status = await StatusAsync(grain);
            return follows ? Results.Accepted(value: status) : Results.Ok(status);
        }).WithName(name).WithSummary(summary).Produces<RunStatus>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);

    /// <exception cref="InvalidInputException">The run has ended otherwise.</exception>
    private static async Task<bool> CancelAsync(IRunGrain run)
    {
        var status = await run.GetStatusAsync();
        if (status.State.IsFinal() && status.State != RunState.Cancelled)
        {
            throw new InvalidInputException("run", $"{status.RunId} has ended ({RunEnums.NameOf(status.State)}) and cannot be cancelled");
        }

        await run.CancelAsync();
        return status.State != RunState.Cancelled;
    }

    private static async Task<IResult> SubmitAsync(
        HttpRequest request,
        IGrainFactory grains,
        [Description("1 to 64 letters, digits, dots, dashes and underscores; a new id where it is missing.")] string? id,
        [FromHeader(Name = IdempotencyKey.Header), Description("Makes the id where none is given: the same one for the same key.")] string? key,
        [Description("Runs with a higher one get devices first, -100 to 100.")] int priority = 0,
        [Description("Whether to go on from the checkpoint in the output folder.")] bool resume = false,
        CancellationToken cancellationToken = default)
    {
        QueryNames.RequireKnown(request, "id", "priority", "resume");
        var named = id ?? (string.IsNullOrEmpty(key) ? null : IdempotencyKey.RunId(key, request.HttpContext));
        id = named ?? RunIds.New();
        Audit.Submits(request.HttpContext, id);
        var caller = Callers.Of(request.HttpContext);
        RunRights.RequireSubmit(caller);
        EnsureValid(id, priority);
        var spec = await RunBody.ReadAsync(request, cancellationToken);
        RunRights.RequireWithinQuota(caller, spec, priority);
        var run = grains.GetGrain<IRunGrain>(id);
        var isKnown = named is not null && await IsKnownAsync(run);
        try
        {
            await run.StartAsync(new(spec, resume, priority) { Owner = caller.Owner, Trace = CallerTrace.Unrecorded(Activity.Current) });
        }
        catch (InvalidInputException invalid)
        {
            throw RunBody.NamesIn(request).In(invalid);
        }

        var status = await StatusAsync(run);
        return isKnown ? Results.Ok(status) : Results.Created($"/api/v1/runs/{id}", status);
    }

    private static async Task<bool> IsKnownAsync(IRunGrain run)
    {
        try
        {
            _ = await run.GetStatusAsync();
            return true;
        }
        catch (RunNotFoundException)
        {
            return false;
        }
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

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, IGrainFactory grains)
    {
        var run = Run(grains, id);
        RunRights.RequireChange(Callers.Of(context), await run.GetStatusAsync(), "delete");
        await run.DeleteAsync();
        return Results.NoContent();
    }
}
