using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>What a run would be, said before it is submitted.</summary>
internal static class PlanEndpoints
{
    public static void MapPlans(this IEndpointRouteBuilder api) =>
        api.MapPost("/plans", PlanAsync).Accepts<RunSpec>(RunBody.Types[0], RunBody.Types[1..]).WithName("plan").WithTags(ApiTags.Runs)
            .WithSummary("Says what a run would train, move and keep. Its data are found, as they are when it is submitted, and nothing is started.")
            .ProducesValidationProblem();

    /// <remarks>Callers who hang up keep their share of requests until the plan is made: folders are listed for it.</remarks>
    private static async Task<PlannedRun> PlanAsync(HttpRequest request, IGrainFactory grains, CancellationToken cancellationToken)
    {
        QueryNames.RequireKnown(request);
        var caller = Callers.Of(request.HttpContext);
        RunRights.RequireSubmit(caller); // a plan tells of files
        var spec = await RunBody.ReadAsync(request, cancellationToken);
        var names = RunBody.NamesIn(request);
        try
        {
            return names.In(await grains.GetGrain<IPlannerGrain>(0).PlanForAsync(spec, caller.Owner));
        }
        catch (InvalidInputException invalid)
        {
            throw names.In(invalid);
        }
    }
}
