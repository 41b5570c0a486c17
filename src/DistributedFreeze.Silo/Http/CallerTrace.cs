using System.Diagnostics;

namespace DistributedFreeze.Silo.Http;

/// <summary>What a caller wants of the trace that its header <c>traceparent</c> names.</summary>
internal static class CallerTrace
{
    /// <summary>The span of a request whose caller records no trace, to be kept with what it asks for: calls between grains carry only spans that are recorded.</summary>
    /// <param name="request">The request's span.</param>
    /// <returns>As W3C's trace context writes it, ending with <c>-00</c>; null where the caller records its trace, or names none.</returns>
    public static string? Unrecorded(Activity? request) => request is { HasRemoteParent: true, Recorded: false, IdFormat: ActivityIdFormat.W3C } ? request.Id : null;
}
