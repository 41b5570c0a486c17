using Orleans.Runtime.MembershipService;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Why a silo ended, in words for the person who started it.</summary>
internal static class StartFailure
{
    /// <param name="reason">What came out of the host.</param>
    public static string Words(Exception reason) => reason switch
    {
        OrleansClusterConnectivityCheckFailedException => "other silos of the cluster are said to be there, and cannot be reached",
        OrleansMissingMembershipEntryException => "its cluster does not list it any more",
        _ when !IsOfOrleans(reason) => Named(reason),
        _ when reason.GetBaseException() is var cause && !IsOfOrleans(cause) => Named(cause),
        _ => "it could not join its cluster; the log has the rest",
    };

    private static bool IsOfOrleans(Exception reason) => reason.GetType().Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true;

    private static string Named(Exception reason) => $"{reason.GetType().Name}: {reason.Message}";
}
