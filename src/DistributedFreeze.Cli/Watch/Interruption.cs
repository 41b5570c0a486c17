using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Cli.Watch;

/// <summary>Ctrl-C and a request to terminate: the first asks the command to stop, the second ends the process at once.</summary>
/// <remarks>
/// One that reaches this process and its watcher, as Ctrl-C does, arrives here twice. So both are counted, each for itself.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _lock = new();
    private int _signals;
    private bool _disposed;

    public Interruption()
    {
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        Watched.Listen(Stop);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        lock (_lock)
        {
            _disposed = true; // the watcher may still pass something on
            _source.Dispose();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) == 1)
        {
            context.Cancel = true;
            Cancel();
        }
    }

    private void Stop(int timesPassedOn)
    {
        if (timesPassedOn == 1)
        {
            Cancel();
        }
        else
        {
            Process.GetCurrentProcess().Kill();
        }
    }

    private void Cancel()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _source.Cancel();
            }
        }
    }
}
