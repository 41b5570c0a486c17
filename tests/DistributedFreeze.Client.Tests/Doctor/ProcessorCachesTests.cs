using DistributedFreeze.Cli.Doctor;

namespace DistributedFreeze.Client.Tests.Doctor;

public sealed class ProcessorCachesTests
{
    /// <summary>Registers by their definition (Intel's manual, CPUID leaf 4; AMD's, 8000_001D): kind and level; ways, partitions and line less 1; sets less 1.</summary>
    [Theory]
    [InlineData("1C004121 02C0003F 0000003F; 1C004122 01C0003F 0000003F; 1C004143 04C0003F 000003FF; 1C03C163 02C0003F 00013FFF", "L1 48 KiB, L2 1280 KiB, L3 61440 KiB")]
    [InlineData("00004121 01C0003F 0000003F; 00004122 01C0003F 0000003F; 00004143 01C0003F 000003FF; 0003C163 03C0003F 00007FFF", "L1 32 KiB, L2 512 KiB, L3 32768 KiB")]
    [InlineData("00000000 00000000 00000000", "")]
    public void WhatTheProcessorTells_IsRead(string registers, string expected)
    {
        var caches = registers.Split(';').Select(cache => cache.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Convert.ToInt32(word, 16)).ToArray()).ToList();

        Assert.Equal(expected, string.Join(", ", ProcessorCaches.Of(index => index < caches.Count ? (caches[index][0], caches[index][1], caches[index][2]) : (0, 0, 0))));
    }
}
