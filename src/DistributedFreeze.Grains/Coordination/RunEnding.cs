using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>How a run's end reads to the person who submitted it.</summary>
internal static class RunEnding
{
    /// <summary>The last event of a run that ended with an exception.</summary>
    public static RunEvent.Ended Of(Exception error) => error switch
    {
        InvalidInputException invalid => new(RunState.Failed, invalid.Message, invalid.Problems) { IsStorage = invalid.IsStorage },
        RunFailedException failed => new(RunState.Failed, failed.Message, []) { ChangedLayers = failed.ChangedLayers, IsDivergence = failed.IsDivergence },
        MaskMismatchException or ExchangeBrokenException => new(RunState.Failed, error.Message, []),
        _ when CallFailure.Is(error) => new(RunState.Failed, $"A part of the cluster does not answer: {CallFailure.Words(error)}", []),
        _ => new(RunState.Failed, $"{error.GetType().Name}: {FirstLine(error.Message)}", [])
        {
            IsStorage = error is IOException or UnauthorizedAccessException or StorageUnavailableException,
        },
    };

    /// <summary>The last event of a run that did not fail.</summary>
    /// <param name="state">How it ended.</param>
    /// <param name="output">Its output folder.</param>
    /// <param name="cancelled">Why it was cancelled; null where nobody has said.</param>
    public static RunEvent.Ended Of(RunState state, string output, string? cancelled = null) => new(
        state,
        state switch
        {
            RunState.Interrupted => $"Interrupted on request; {output} holds what it takes to go on.",
            RunState.Cancelled => cancelled is null ? "Cancelled on request." : $"Cancelled: {cancelled}.",
            _ => null,
        },
        ImmutableArray<Problem>.Empty);

    /// <summary>libtorch's messages go on with a native stack trace.</summary>
    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
