using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>Switches of libtorch's context (<c>at::Context</c>) that TorchSharp has no names for, by the C++ symbols that libtorch_cpu.so exports.</summary>
/// <remarks>
/// The context is the process's, on the processor too; what is switched here counts for CUDA's libraries alone. Each setter is followed by its getter, so that a libtorch
/// in which a symbol means something else is found at once. Symbols and numbers are those of libtorch 2.10, of which 2.11 has the setters, too. Thread-safe.
/// </remarks>
internal sealed unsafe class TorchSwitches
{
    /// <summary>Where the symbols were seen.</summary>
    internal const string KnownVersions = "libtorch 2.10 and 2.11";

    // Of at::Float32Backend, at::Float32Op and at::Float32Precision.
    private const int Cuda = 1;
    private const int Convolution = 1;
    private const int MatrixProduct = 3;
    private const int Tf32 = 2;

    private readonly Func<string, nint> _export;
    private readonly nint _context;

    /// <param name="export">The address of a symbol of libtorch_cpu.so; 0 where it has none of that name.</param>
    /// <exception cref="LibTorchException">The context cannot be found.</exception>
    public TorchSwitches(Func<string, nint> export)
    {
        _export = export;
        _context = ((delegate* unmanaged<nint>)Find("_ZN2at13globalContextEv", "libtorch's context"))();
    }

    /// <summary>Those of the libtorch that this process has loaded.</summary>
    /// <exception cref="LibTorchException">It is not loaded, or its context cannot be found.</exception>
    public static TorchSwitches OfThisProcess()
    {
        LibTorch.EnsureLoaded();
        return NativeLibrary.TryLoad("libtorch_cpu.so", out var library) // the one that is there already, by its soname
            ? new(name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0)
            : throw new LibTorchException("libtorch_cpu.so, whose switches make results on GPUs repeatable, is not found among the libraries that this process has loaded.");
    }

    /// <summary>Whether cuDNN takes algorithms alone that give the same bits each time.</summary>
    /// <exception cref="LibTorchException">It cannot be switched.</exception>
    public void SetDeterministicCuDnn(bool on) =>
        Set(on, "cuDNN's deterministic algorithms", "_ZN2at7Context21setDeterministicCuDNNEb", "_ZNK2at7Context18deterministicCuDNNEv");

    /// <summary>Whether cuDNN's algorithms are found by timing them, which two processes may do with another outcome.</summary>
    /// <exception cref="LibTorchException">It cannot be switched.</exception>
    public void SetBenchmarkCuDnn(bool on) =>
        Set(on, "cuDNN's choice of algorithms by their time", "_ZN2at7Context17setBenchmarkCuDNNEb", "_ZNK2at7Context14benchmarkCuDNNEv");

    /// <summary>Whether convolutions and products of fp32 matrices on CUDA round their factors to TF32.</summary>
    /// <exception cref="LibTorchException">It cannot be switched.</exception>
    public void SetTf32(bool on)
    {
        Set(on, "TF32 of cuDNN", "_ZN2at7Context17setAllowTF32CuDNNEb", Convolution);
        Set(on, "TF32 of cuBLAS", "_ZN2at7Context18setAllowTF32CuBLASEb", MatrixProduct);
    }

    private void Set(bool on, string meaning, string setter, string getter)
    {
        ((delegate* unmanaged<nint, byte, void>)Find(setter, meaning))(_context, on ? (byte)1 : (byte)0);
        Require(meaning, on, ((delegate* unmanaged<nint, byte>)Find(getter, meaning))(_context) != 0);
    }

    /// <summary>TF32 is asked for by what counts in the end: its own getters stop the process where someone set it in another way before.</summary>
    private void Set(bool on, string meaning, string setter, int operation)
    {
        ((delegate* unmanaged<nint, byte, void>)Find(setter, meaning))(_context, on ? (byte)1 : (byte)0);
        var precision = (delegate* unmanaged<nint, int, int, int>)_export("_ZNK2at7Context16float32PrecisionENS_14Float32BackendENS_9Float32OpE");
        if (precision is not null)
        {
            Require(meaning, on, precision(_context, Cuda, operation) == Tf32);
        }
    }

    private static void Require(string meaning, bool on, bool isOn)
    {
        if (isOn != on)
        {
            throw new LibTorchException(
                $"{meaning} of this libtorch ({TorchFacts.OfThisProcess.Version}) could not be switched {(on ? "on" : "off")}, so that results on a GPU would not be repeatable; {KnownVersions} are known to have the switch.");
        }
    }

    private nint Find(string symbol, string meaning) => _export(symbol) is not 0 and var address ? address : throw new LibTorchException(
        $"This libtorch ({TorchFacts.OfThisProcess.Version}) has no switch for {meaning} (the symbol {symbol} of libtorch_cpu.so), without which results on a GPU would not be repeatable; {KnownVersions} are known to have it.");
}
