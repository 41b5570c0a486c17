using DistributedFreeze.Advice;
using Orleans.Concurrency;

namespace DistributedFreeze.Grains;

/// <summary>One question of how much to unfreeze; the key is an id that whoever asks has chosen.</summary>
/// <remarks>
/// It waits for one device as a run does, and asks another one where that is lost. Nothing is stored: where the silo that it is on is lost, so is the question, and
/// whoever asked asks again. The answer is the same, and features that were computed are still there. A question that nobody waits for is broken off.
/// </remarks>
[Alias("df.advice")]
public interface IAdviceGrain : IGrainWithStringKey
{
    /// <summary>Asks. Asking the same again does nothing.</summary>
    /// <param name="request">What is asked. Paths are the silo's; a relative one counts from the silo's first data or output root.</param>
    /// <exception cref="Errors.InvalidInputException">
    /// The id or the question is invalid, the id is another question's, a path lies where this silo lets no run read or write, data or weights are not there, or
    /// no silo has the memory; nothing was asked.
    /// </exception>
    [Alias("ask"), ResponseTimeout("00:10:00")]
    Task AskAsync(AdviceRequest request);

    /// <summary>Reads how far it is, waiting for news where there are none yet.</summary>
    /// <param name="after">Version of the last report already read; 0 for none.</param>
    /// <returns>The newest report, within seconds and also where nothing is new; null where nothing was asked here, or the silo that knew of it is gone.</returns>
    [Alias("read"), AlwaysInterleave]
    Task<AdviceReport?> ReadAsync(long after);

    /// <summary>Breaks it off: what is known by then becomes its result. Returns at once; does nothing where nothing goes on.</summary>
    [Alias("cancel"), AlwaysInterleave]
    Task CancelAsync();

    /// <summary>The scheduler has a device for it: one that waits is to claim now. Does nothing to another one.</summary>
    [Alias("turn"), AlwaysInterleave]
    Task TurnAsync();
}

/// <summary>The ids under which questions claim devices. Pure and thread-safe.</summary>
public static class AdviceClaims
{
    /// <summary>No run's id holds a colon.</summary>
    private const string Prefix = "advice:";

    /// <summary>What a question's claim and its device name in the place of a run.</summary>
    /// <param name="id">The question's id.</param>
    public static string IdOf(string id) => Prefix + id;

    /// <summary>The question that claims.</summary>
    /// <param name="runId">What a claim names in the place of a run.</param>
    /// <returns>Its id; null where it is a run that claims.</returns>
    public static string? QuestionOf(string runId) => runId.StartsWith(Prefix, StringComparison.Ordinal) ? runId[Prefix.Length..] : null;
}
