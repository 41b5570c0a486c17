using System.Collections.Concurrent;
using System.Globalization;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

public sealed class DecodeAheadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 3)]
    [InlineData(3, 16)]
    public void Take_GivesImagesInOrder_HoweverManyThreadsRead(int threads, int capacity)
    {
        using var ahead = new DecodeAhead(new NumberedPixels(), Paths(500), threads, capacity);

        for (var i = 0; i < 500; i++)
        {
            Assert.Equal((byte)i, ahead.Take()[0]);
        }

        Assert.False(ahead.TryTake(out _));
        Assert.Throws<InvalidOperationException>(() => ahead.Take().Length);
    }

    [Fact]
    public void Take_WaitsForASlowImage_WhileLaterOnesAreRead()
    {
        using var slow = new ManualResetEventSlim();
        using var later = new CountdownEvent(3);
        var source = new NumberedPixels
        {
            Reading = path =>
            {
                if (path == "0")
                {
                    Assert.True(slow.Wait(Patience, TestContext.Current.CancellationToken));
                }
                else
                {
                    later.Signal();
                    if (later.IsSet)
                    {
                        slow.Set();
                    }
                }
            },
        };
        using var ahead = new DecodeAhead(source, Paths(4), threads: 2, capacity: 4);

        Assert.Equal([0, 1, 2, 3], new[] { ahead.Take()[0], ahead.Take()[0], ahead.Take()[0], ahead.Take()[0] });
    }

    [Fact]
    public void Read_StopsAtTheCapacity_TheImageInUseIncluded()
    {
        using var three = new CountdownEvent(3);
        using var fourth = new ManualResetEventSlim();
        var source = new NumberedPixels
        {
            Reading = path =>
            {
                if (path == "3")
                {
                    fourth.Set();
                }
                else if (!three.IsSet)
                {
                    three.Signal();
                }
            },
        };
        using var ahead = new DecodeAhead(source, Paths(10), threads: 2, capacity: 3);

        Assert.True(three.Wait(Patience, TestContext.Current.CancellationToken));
        var first = ahead.Take();
        Assert.Equal(0, first[0]);
        Assert.False(fourth.IsSet);
        ahead.Take();
        Assert.True(fourth.Wait(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Take_ThrowsWhatReadingThatImageThrew_AndGoesOnAfterIt()
    {
        var source = new NumberedPixels { Reading = path => _ = path == "2" ? throw new InvalidDataException("two") : 0 };
        using var ahead = new DecodeAhead(source, Paths(5), threads: 2, capacity: 4);

        Assert.Equal([0, 1], new[] { ahead.Take()[0], ahead.Take()[0] });
        Assert.Equal("two", Assert.Throws<InvalidDataException>(() => ahead.Take().Length).Message);
        Assert.Equal([3, 4], new[] { ahead.Take()[0], ahead.Take()[0] });
        Assert.False(ahead.TryTake(out _));
    }

    [Fact]
    public void Take_ThrowsWhatTheSequenceThrew_InItsPlace()
    {
        static IEnumerable<ImageContent> Breaking()
        {
            yield return "0";
            throw new InvalidDataException("sequence");
        }

        using var ahead = new DecodeAhead(new NumberedPixels(), Breaking(), threads: 2, capacity: 4);

        Assert.Equal(0, ahead.Take()[0]);
        Assert.Equal("sequence", Assert.Throws<InvalidDataException>(() => ahead.Take().Length).Message);
        Assert.False(ahead.TryTake(out _));
    }

    [Fact]
    public void Read_RunsOnThreadsOfItsOwn_IntoBuffersUsedAgain()
    {
        var source = new NumberedPixels();
        using (var ahead = new DecodeAhead(source, Paths(100), threads: 2, capacity: 3))
        {
            while (ahead.TryTake(out _))
            {
            }
        }

        Assert.Equal(100, source.Threads.Count);
        Assert.All(source.Threads, t => Assert.Equal((false, true), (t.FromPool, t.InBackground)));
        Assert.DoesNotContain(true, source.Threads.Select(t => t.Thread.IsAlive));
        Assert.InRange(source.Threads.Select(t => t.Thread).Distinct().Count(), 1, 2);
        Assert.InRange(source.FreshBuffers, 1, 3);
    }

    [Fact]
    public void TakingAllocatesNothingPerImage()
    {
        using var ahead = new DecodeAhead(new NumberedPixels { Recording = false }, Paths(2000).ToArray(), threads: 1, capacity: 4);
        ahead.Take();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            ahead.Take();
        }

        // A thread's first wait for a lock allocates a few kilobytes, once; the smallest object has 24 bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (24 * 1000) - 1);
    }

    [Fact]
    public void Dispose_EndsThreadsThatWaitForRoom()
    {
        var source = new NumberedPixels();
        var paths = new DisposedPaths();
        var ahead = new DecodeAhead(source, paths.Endless(), threads: 3, capacity: 2);
        ahead.Take();

        ahead.Dispose();
        ahead.Dispose();

        Assert.DoesNotContain(true, source.Threads.Select(t => t.Thread.IsAlive));
        Assert.True(paths.Ended);
        Assert.Throws<ObjectDisposedException>(() => ahead.Take().Length);
    }

    [Fact]
    public void Cancel_EndsAWaitingConsumer()
    {
        using var reading = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var source = new NumberedPixels
        {
            Reading = _ =>
            {
                reading.Set();
                Assert.True(cancel.Token.WaitHandle.WaitOne(Patience));
            },
        };
        using var ahead = new DecodeAhead(source, Paths(3), threads: 1, capacity: 2, cancel.Token);
        var canceller = new Thread(() =>
        {
            reading.Wait();
            cancel.Cancel();
        });
        canceller.Start();

        Assert.Throws<OperationCanceledException>(() => ahead.Take().Length);
        canceller.Join();
    }

    [Fact]
    public void ImpossibleNumbersAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new DecodeAhead(new NumberedPixels(), [], 0, 2));
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => new DecodeAhead(new NumberedPixels(), [], 1, 1));
    }

    private static IEnumerable<ImageContent> Paths(int count) =>
        Enumerable.Range(0, count).Select(i => ImageContent.FromFile(i.ToString(CultureInfo.InvariantCulture)));

    /// <summary>An image named n begins with n modulo 256; its second byte tells that the buffer has been used.</summary>
    private sealed class NumberedPixels : IPixelSource
    {
        private int _freshBuffers;

        public int Size => 1;

        public bool Recording { get; init; } = true;

        public Action<string> Reading { get; init; } = _ => { };

        public ConcurrentBag<(Thread Thread, bool FromPool, bool InBackground)> Threads { get; } = [];

        public int FreshBuffers => _freshBuffers;

        public void Read(ImageContent image, ImageHash expected, Span<byte> rgb) => Read(image, rgb);

        public void Read(ImageContent image, Span<byte> rgb)
        {
            if (Recording)
            {
                var thread = Thread.CurrentThread;
                Threads.Add((thread, thread.IsThreadPoolThread, thread.IsBackground));
            }

            if (rgb[1] == 0)
            {
                Interlocked.Increment(ref _freshBuffers);
            }

            Reading(image.Path);
            rgb[0] = (byte)int.Parse(image.Path, CultureInfo.InvariantCulture);
            rgb[1] = 1;
        }
    }

    private sealed class DisposedPaths
    {
        public bool Ended { get; private set; }

        public IEnumerable<ImageContent> Endless()
        {
            try
            {
                while (true)
                {
                    yield return "1";
                }
            }
            finally
            {
                Ended = true;
            }
        }
    }
}
