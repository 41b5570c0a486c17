using Orleans.Runtime.Messaging;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains;

/// <summary>Why a grain or the store did not answer, in words for a person; Orleans's own name messages and types, and belong in a log for debugging.</summary>
internal static class CallFailure
{
    /// <summary>
    /// True for what ends a call that was not answered; a call that took too long ends with a plain <see cref="TimeoutException"/>, and one that a silo
    /// of another version cannot read, with what its serializer throws.
    /// </summary>
    public static bool Is(Exception reason) => reason is OrleansException or TimeoutException || IsUnread(reason);

    /// <summary>True where an exception, or one that caused it, speaks in Orleans's words.</summary>
    public static bool IsIn(Exception? reason) => reason is not null && (Is(reason) || IsOfOrleans(reason) || IsIn(reason.InnerException));

    /// <summary>Why a grain did not answer.</summary>
    public static string Words(Exception reason) => reason switch
    {
        SiloUnavailableException => "its silo is gone",
        ConnectionFailedException => "its silo cannot be reached",
        GatewayTooBusyException or LimitExceededException => "its silo has too much to do",
        OrleansMessageRejectionException => "its silo turned the call away",
        TimeoutException => "no answer came in time",
        _ when IsUnread(reason) => "its silo, of another version, cannot read the call",
        _ => "the call failed",
    };

    /// <summary>Why something could not be stored.</summary>
    public static string WordsOfStore(Exception reason) => reason switch
    {
        InconsistentStateException => "somebody else has stored it meanwhile",
        _ when reason.GetBaseException() is var cause && !Is(cause) && !IsOfOrleans(cause) => $"{cause.GetType().Name}: {cause.Message.Split('\n', 2)[0].TrimEnd()}",
        _ => "the store does not answer, or refuses",
    };

    /// <summary>A method that a silo does not know is a type that it cannot load; what is derived from that is of native libraries.</summary>
    private static bool IsUnread(Exception reason) => reason is SerializerException || reason.GetType() == typeof(TypeLoadException);

    private static bool IsOfOrleans(Exception reason) => reason.GetType().Namespace?.StartsWith("Orleans", StringComparison.Ordinal) == true;
}
