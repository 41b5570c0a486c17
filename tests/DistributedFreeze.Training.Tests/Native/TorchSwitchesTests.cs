using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>The context is there on the processor, too, where nothing computes by these switches.</summary>
public sealed class TorchSwitchesTests : IDisposable
{
    private readonly TorchSwitches _switches = TorchSwitches.OfThisProcess();

    public void Dispose()
    {
        _switches.SetDeterministicCuDnn(false);
        _switches.SetBenchmarkCuDnn(false);
        _switches.SetTf32(false);
    }

    /// <summary>Each setter asks its getter, and throws where that says something else.</summary>
    [Fact]
    public void EverySwitch_GoesOnAndOff()
    {
        foreach (var on in (bool[])[true, false, true])
        {
            _switches.SetDeterministicCuDnn(on);
            Assert.Equal(on, Ask("_ZNK2at7Context18deterministicCuDNNEv"));
            _switches.SetBenchmarkCuDnn(on);
            Assert.Equal(on, Ask("_ZNK2at7Context14benchmarkCuDNNEv"));
            _switches.SetTf32(on);
            Assert.Equal(on, Ask("_ZNK2at7Context15allowTF32CuBLASEv"));
        }
    }

    [Fact]
    public void WhatDeterminismNeeds_IsSwitched()
    {
        _switches.SetBenchmarkCuDnn(true);
        _switches.SetTf32(true);

        CudaDeterminism.Switch();

        Assert.True(Ask("_ZNK2at7Context18deterministicCuDNNEv"));
        Assert.False(Ask("_ZNK2at7Context14benchmarkCuDNNEv"));
        Assert.False(Ask("_ZNK2at7Context15allowTF32CuBLASEv"));
    }

    [Fact]
    public void ALibTorchWithoutASwitch_IsRefusedByWhatItLacks()
    {
        var switches = new TorchSwitches(name => name.Contains("setDeterministicCuDNN", StringComparison.Ordinal) ? 0 : Export(name));

        Assert.Contains(
            "has no switch for cuDNN's deterministic algorithms (the symbol _ZN2at7Context21setDeterministicCuDNNEb of libtorch_cpu.so)",
            Assert.Throws<LibTorchException>(() => switches.SetDeterministicCuDnn(true)).Message,
            StringComparison.Ordinal);
        switches.SetBenchmarkCuDnn(false);
        Assert.Contains("libtorch's context", Assert.Throws<LibTorchException>(() => new TorchSwitches(_ => 0)).Message, StringComparison.Ordinal);
    }

    /// <summary>As where a symbol means something else by now.</summary>
    [Fact]
    public void ASwitchThatDoesNotTake_IsRefused()
    {
        var others = new TorchSwitches(name => Export(name.Replace("deterministicCuDNN", "benchmarkCuDNN", StringComparison.Ordinal).Replace("18benchmark", "14benchmark", StringComparison.Ordinal)));
        var precision = new TorchSwitches(name => Export(name.Replace("setAllowTF32CuDNN", "setBenchmarkCuDNN", StringComparison.Ordinal)));

        _switches.SetBenchmarkCuDnn(false);
        _switches.SetTf32(false); // which libtorch has on at first for cuDNN

        Assert.Contains("could not be switched on", Assert.Throws<LibTorchException>(() => others.SetDeterministicCuDnn(true)).Message, StringComparison.Ordinal);
        Assert.Contains("TF32 of cuDNN", Assert.Throws<LibTorchException>(() => precision.SetTf32(true)).Message, StringComparison.Ordinal);
    }

    /// <summary>What .NET sets stays with .NET: libtorch reads the C library's.</summary>
    [Fact]
    public void TheWorkspaceOfCuBlas_StandsInTheEnvironmentThatLibrariesSee()
    {
        LibTorch.EnsureLoaded();

        Assert.Contains(Inference.Runtime.NativeEnvironment.Find("CUBLAS_WORKSPACE_CONFIG"), (string[])[":4096:8", ":16:8"]);
    }

    [Theory]
    [InlineData(":4096:8")]
    [InlineData(":16:8")]
    public void AWorkspaceThatGivesTheSameBits_IsTaken(string value) => CudaDeterminism.RequireWorkspace(value);

    [Theory]
    [InlineData(":4096:2")]
    [InlineData("")]
    [InlineData(null)]
    public void AnyOther_IsRefusedByName(string? value) => Assert.Contains(
        $"CUBLAS_WORKSPACE_CONFIG={value}, with which", Assert.Throws<LibTorchException>(() => CudaDeterminism.RequireWorkspace(value)).Message, StringComparison.Ordinal);

    private static nint Export(string name) => NativeLibrary.TryGetExport(NativeLibrary.Load("libtorch_cpu.so"), name, out var address) ? address : 0;

    private static unsafe bool Ask(string getter) => ((delegate* unmanaged<nint, byte>)Export(getter))(((delegate* unmanaged<nint>)Export("_ZN2at13globalContextEv"))()) != 0;
}
