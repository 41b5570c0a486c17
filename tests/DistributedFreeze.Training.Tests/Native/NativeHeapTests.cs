using System.Globalization;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>Memory that libtorch gives back is there for the next step, and for the system once a run has ended.</summary>
public sealed class NativeHeapTests
{
    private const int Bytes = 24 << 20;

    [Fact]
    public void WhatIsGivenBack_IsTakenAgainWithoutTheSystem_UntilItIsGivenBackAsAWhole()
    {
        Assert.SkipUnless(NativeHeap.KeepFreed(Environment.GetEnvironmentVariable), "It is about glibc's malloc as nobody has set it.");
        var (first, again, afterwards) = (0L, 0L, 0L);

        // A thread of its own: what malloc has for a thread depends on what that has taken before.
        var thread = new Thread(() =>
        {
            first = Use();
            again = Use();
            NativeHeap.GiveBack();
            afterwards = Use();
        });
        thread.Start();
        thread.Join();

        Assert.True(again < first / 2, $"{first} pages were fetched at first, and {again} when they had been used before");
        Assert.True(afterwards > 2 * again, $"{afterwards} pages were fetched after all had been given back, and {again} before");

        static long Use()
        {
            var before = Faults();
            for (var i = 0; i < 4; i++) // as the gradient of one convolution after another
            {
                var block = Marshal.AllocHGlobal(Bytes);
                for (var at = 0; at < Bytes; at += 4096)
                {
                    Marshal.WriteByte(block, at, 1);
                }

                Marshal.FreeHGlobal(block);
            }

            return Faults() - before;
        }
    }

    [Theory]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.arena_max=2")]
    [InlineData("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=0")]
    [InlineData("MALLOC_TRIM_THRESHOLD_", "131072")]
    public void WhoeverHasSetIt_IsNotOverruled(string name, string value) =>
        Assert.False(NativeHeap.KeepFreed(asked => asked == name ? value : null));

    [Fact]
    public void WhoeverHasSetOnlyTheSizeOfPages_HasItKept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is about glibc's malloc.");
        Assert.True(NativeHeap.KeepFreed(asked => asked == "GLIBC_TUNABLES" ? "glibc.malloc.hugetlb=1" : null));
    }

    /// <summary>Pages that the system has fetched for this thread without a disk: the tenth field of its stat, after a name in brackets.</summary>
    private static long Faults()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
