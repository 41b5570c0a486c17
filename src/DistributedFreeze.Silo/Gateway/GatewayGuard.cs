using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Silo.Gateway;

/// <summary>Refuses what clients of the gateway have no business to call, and logs the changes that they ask for. Thread-safe.</summary>
/// <remarks>
/// Calls of silos, and those of the API within a silo, go through. Whom a call comes from is what its message says: a client that speaks Orleans's
/// protocol by a program of its own can lie about that.
/// </remarks>
internal sealed partial class GatewayGuard : IIncomingGrainCallFilter
{
    private readonly ILogger _audit;

    public GatewayGuard(ILoggerFactory logs) => _audit = logs.CreateLogger(Audit.Category);

    /// <exception cref="UnauthorizedAccessException">A client may not call that.</exception>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.SourceId is { } source && !IsOutside(source))
        {
            await context.Invoke();
            return;
        }

        var (grain, method) = (context.Request.GetInterfaceType().FullName ?? "", context.MethodName);
        var client = context.SourceId is { } from ? PlainText.Line(from.ToString()) : "a client without a name";
        var target = PlainText.Line(context.TargetId.Key.ToString() ?? "");
        var isForOthers = ClaimsOwner(context);
        if (!ClientCalls.Allows(grain, method) || isForOthers)
        {
            LogRefused(client, grain, method, target);
            throw new UnauthorizedAccessException($"A client of the gateway may not call {grain}.{method}{(isForOthers ? " in the name of an owner" : "")}.");
        }

        if (ClientCalls.ChangeOf(grain, method) is not { } change)
        {
            await context.Invoke();
            return;
        }

        try
        {
            await context.Invoke();
            LogChange(client, change, target, "allowed");
        }
        catch
        {
            LogChange(client, change, target, "refused");
            throw;
        }
    }

    /// <summary>Clients have ids of their own kind; that of the one within a silo says so.</summary>
    private static bool IsOutside(GrainId source) =>
        source.IsClient() && source.Key.ToString()?.StartsWith("hosted-", StringComparison.Ordinal) != true;

    private static bool ClaimsOwner(IIncomingGrainCallContext context) =>
        Enumerable.Range(0, context.Request.GetArgumentCount()).Any(i => context.Request.GetArgument(i) is RunSubmission { Owner: not null });

    [LoggerMessage(LogLevel.Warning, "{Client} of the gateway: call of {Grain}.{Method} of {Target} refused")]
    private partial void LogRefused(string client, string grain, string method, string target);

    [LoggerMessage(LogLevel.Information, "{Client} of the gateway: {Action} of run {RunId} {Outcome}")]
    private partial void LogChange(string client, string action, string runId, string outcome);
}
