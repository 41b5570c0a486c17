using System.Diagnostics;

namespace DistributedFreeze.Training.Native;

/// <summary>What a driver says of its GPUs: one that is played, and a library that gcc makes.</summary>
public sealed class GpuDescriptionTests : IDisposable
{
    private const string Stub = """
        #include <string.h>
        int cuInit(unsigned flags) { return flags; }
        int cuDriverGetVersion(int *version) { *version = 13010; return 0; }
        int cuDeviceGetCount(int *count) { *count = 1; return 0; }
        int cuDeviceGet(int *device, int ordinal) { *device = ordinal + 40; return ordinal == 0 ? 0 : 101; }
        int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "NVIDIA Stub", length); return device == 40 ? 0 : 101; }
        int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 150754820096ul; return device == 40 ? 0 : 101; }
        static int retained, pushed;
        int cuDevicePrimaryCtxRetain(void **context, int device) { retained++; *context = (void *)(long)device; return device == 40 ? 0 : 101; }
        int cuDevicePrimaryCtxRelease_v2(int device) { return retained-- == 1 && pushed == 0 ? 0 : 1; }
        int cuCtxPushCurrent_v2(void *context) { pushed++; return context == (void *)40 ? 0 : 1; }
        int cuCtxPopCurrent_v2(void **context) { pushed--; return 0; }
        int cuMemGetInfo_v2(size_t *free, size_t *total) { *free = 7000000000ul; *total = 150754820096ul; return pushed == 1 && retained == 1 ? 0 : 1; }
        int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = attribute == 75 ? 12 : attribute == 76 ? 1 : -1; return device == 40 ? 0 : 101; }
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void EveryGpu_IsDescribed() => Assert.Equal(
        [new GpuDescription("NVIDIA H200", 150_754_820_096, "9.0", "570.86.15, CUDA 12.8"), new GpuDescription("NVIDIA H200", 150_754_820_096, "9.0", "570.86.15, CUDA 12.8")],
        GpuDescription.Of(new Played { Gpus = 2 }, "570.86.15"));

    [Theory]
    [InlineData("init", "")]
    [InlineData("count", "")]
    [InlineData("device", "GpuDescription { Model = GPU, MemoryBytes = 0, Capability = , Driver = 570, CUDA 12.8 }")]
    [InlineData("name", "GpuDescription { Model = GPU, MemoryBytes = 150754820096, Capability = 9.0, Driver = 570, CUDA 12.8 }")]
    [InlineData("memory", "GpuDescription { Model = NVIDIA H200, MemoryBytes = 0, Capability = 9.0, Driver = 570, CUDA 12.8 }")]
    [InlineData("attribute", "GpuDescription { Model = NVIDIA H200, MemoryBytes = 150754820096, Capability = , Driver = 570, CUDA 12.8 }")]
    [InlineData("version", "GpuDescription { Model = NVIDIA H200, MemoryBytes = 150754820096, Capability = 9.0, Driver = 570 }")]
    public void WhatTheDriverDoesNotSay_IsLeftOut(string refused, string expected) =>
        Assert.Equal(expected, string.Join("; ", GpuDescription.Of(new Played { Gpus = 1, Refuses = refused }, "570")));

    [Fact]
    public async Task ADriversLibrary_IsAsked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && SearchPath.Find("gcc") is not null, "It makes a library of Linux with gcc.");
        using var gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", _folder.In("libcuda.so.1"), _folder.Write("stub.c", Stub)]);
        await gcc.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(CudaDriver.TryLoad(_folder.In("libcuda.so.1"), out var driver));
        Assert.Equal([new GpuDescription("NVIDIA Stub", 150_754_820_096, "12.1", "CUDA 13.1")], GpuDescription.Of(driver, moduleVersion: null));
        Assert.Equal(7_000_000_000, GpuMemory.FreeOf(0, driver));
        Assert.Equal(7_000_000_000, GpuMemory.FreeOf(0, driver)); // what was made current was put back
        Assert.Equal(0, GpuMemory.FreeOf(1, driver));
    }

    [Theory]
    [InlineData(null, 7)]
    [InlineData("init", 0)]
    [InlineData("device", 0)]
    [InlineData("free", 0)]
    public void FreeMemory_IsNoneWhereTheDriverDoesNotSay(string? refused, long expected) =>
        Assert.Equal(expected, GpuMemory.FreeOf(0, new Played { Gpus = 1, Refuses = refused }));

    [Fact]
    public void OfDifferentGpus_EachHasItsOwnFreeMemory_AsTheDriverNumbersThem()
    {
        // The fastest first: the driver's second GPU is the first one on the bus, device 0 of nvidia-smi.
        var driver = new Played { Gpus = 2, Free = device => device == 0 ? 80u : 12u };

        Assert.Equal((80, 12), (GpuMemory.FreeOf(0, driver), GpuMemory.FreeOf(1, driver)));
    }

    [Fact]
    public void WithoutADriver_NothingIsDescribed() => Assert.False(CudaDriver.TryLoad(_folder.In("libcuda.so.1"), out _));

    public void Dispose() => _folder.Dispose();

    private sealed class Played : ICudaDriver
    {
        public int Gpus { get; init; }

        public string? Refuses { get; init; }

        public Func<int, nuint> Free { get; init; } = _ => 7u;

        public int Init() => Answer("init");

        public int Version(out int version) => Answer("version", out version, 12_080);

        public int Count(out int count) => Answer("count", out count, Gpus);

        public int Device(int ordinal, out int device) => Answer("device", out device, ordinal);

        public int Name(int device, out string name) => Answer("name", out name, "NVIDIA H200");

        public int Memory(int device, out nuint bytes) => Answer("memory", out bytes, unchecked((nuint)150_754_820_096));

        public int FreeMemory(int device, out nuint bytes) => Answer("free", out bytes, Free(device));

        public int Attribute(int device, int attribute, out int value) => Answer("attribute", out value, attribute == 75 ? 9 : 0);

        private int Answer(string call) => call == Refuses ? 999 : 0;

        private int Answer<T>(string call, out T to, T value)
        {
            to = value;
            return Answer(call);
        }
    }
}
