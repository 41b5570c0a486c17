using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Native;

/// <summary>TF32 on CUDA, which libtorch has on or off for all of a process: who computes there holds it as they need it.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="set">Switches it.</param>
internal sealed class Tf32Switch(Action<bool> set)
{
    private readonly Lock _switching = new();
    private bool _isOn;
    private int _holders;

    /// <summary>This process's.</summary>
    public static Tf32Switch OfThisProcess { get; } = new(on => TorchSwitches.OfThisProcess().SetTf32(on));

    /// <summary>Holds it on or off.</summary>
    /// <param name="on">As the caller needs it.</param>
    /// <returns>Lets go of it.</returns>
    /// <exception cref="DeviceBusyException">Others compute otherwise; the bits of one of the two would be wrong.</exception>
    /// <exception cref="LibTorchException">It cannot be switched.</exception>
    public IDisposable Hold(bool on)
    {
        lock (_switching)
        {
            if (_holders > 0 && _isOn != on)
            {
                throw new DeviceBusyException(
                    $"The GPUs of this process are computing {(_isOn ? "in TF32" : "without TF32")} for another run, and libtorch has TF32 on or off for all of them. "
                    + "This run gets one when that run has ended; a silo for each GPU (CUDA_VISIBLE_DEVICES) lets both train at once.");
            }

            if (_holders == 0)
            {
                set(on);
                _isOn = on;
            }

            _holders++;
            return new Holder(this);
        }
    }

    private void LetGo()
    {
        lock (_switching)
        {
            _holders--;
        }
    }

    private sealed class Holder(Tf32Switch owner) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                owner.LetGo();
            }
        }
    }
}
