using System.Data.Common;
using System.Net.Sockets;
using Orleans.Serialization;

namespace DistributedFreeze.Client;

/// <summary>How the cluster is asked: once, or again and again while it doesn't answer. Thread-safe.</summary>
internal sealed class ClusterCalls(TimeProvider time)
{
    /// <summary>Whose exceptions say nothing to a user: those of Orleans and of the stores that silos are given.</summary>
    private static readonly string[] Internals = ["Orleans.", "StackExchange.Redis.", "Npgsql."];

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <exception cref="ClusterUnavailableException">It did not answer.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().WaitAsync(cancellationToken);
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException or IOException or SocketException)
        {
            throw new ClusterUnavailableException("The cluster does not answer.", reason);
        }
        catch (Exception reason) when (IsOfTheStore(reason) || IsUnknownMethod(reason))
        {
            throw new ClusterUnavailableException(CouldNot(reason.GetType().FullName, reason.Message), reason);
        }
        catch (OperationCanceledException reason) when (!cancellationToken.IsCancellationRequested)
        {
            // A connection that is taken down cancels what waits for it.
            throw new ClusterUnavailableException("The cluster does not answer.", reason);
        }
        catch (UnavailableExceptionFallbackException reason)
        {
            // Nothing that a caller could mend: the silo's storage is away, say.
            throw new ClusterUnavailableException(CouldNot(reason.ExceptionType, reason.Message), reason);
        }
    }

    /// <summary>
    /// What a grain's storage throws comes whole where the program has the provider's assembly, as a silo has; elsewhere it is the fallback below.
    /// </summary>
    private static bool IsOfTheStore(Exception reason) =>
        reason is DbException || IsInternal(reason.GetType().FullName);

    /// <summary>A method that a silo of another version does not know is a type that it cannot load; what is derived from that is of native libraries.</summary>
    public static bool IsUnknownMethod(Exception reason) => reason.GetType() == typeof(TypeLoadException);

    private static bool IsInternal(string? type) => type is not null && Array.Exists(Internals, name => type.StartsWith(name, StringComparison.Ordinal));

    /// <summary>A silo's message about a failure of its own. Orleans's and the store's messages would not help a user and are left out.</summary>
    /// <param name="type">Full name of what a grain threw.</param>
    /// <param name="message">Its message.</param>
    internal static string CouldNot(string? type, string message) => IsInternal(type)
        ? "The cluster could not answer; the silo's log says why."
        : $"The cluster could not answer: {message.ReplaceLineEndings(" ")}";

    /// <exception cref="ClusterUnavailableException">It did not answer.</exception>
    public static Task AskAsync(Func<Task> ask, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            await ask();
            return true;
        },
        cancellationToken);

    /// <param name="ask">What to ask; it must be safe to ask it twice.</param>
    /// <param name="timeout">For how long to ask again.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="ClusterUnavailableException">It did not answer for as long as <paramref name="timeout"/>.</exception>
    public async Task<T> InsistAsync<T>(Func<Task<T>> ask, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await AskAsync(ask, cancellationToken);
            }
            catch (ClusterUnavailableException) when (time.GetElapsedTime(began) + pause < timeout)
            {
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }
}
