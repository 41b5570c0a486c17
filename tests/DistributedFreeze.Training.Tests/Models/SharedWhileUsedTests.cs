namespace DistributedFreeze.Training.Models;

public sealed class SharedWhileUsedTests
{
    private readonly List<string> _gone = [];
    private int _made;
    private int _unused;

    [Fact]
    public void ItIsMadeOnce_AndGoesWithItsLastUser()
    {
        using var shared = Shared();

        var first = shared.Take("a", Make);
        Assert.Same(first, shared.Take("a", Make));
        Assert.NotSame(first, shared.Take("b", Make));
        shared.Return("a");
        Assert.Empty(_gone);
        shared.Return("a");

        Assert.Equal(["1"], _gone);
        Assert.NotSame(first, shared.Take("a", Make));
        Assert.Equal(3, _made);
    }

    [Fact]
    public async Task WhoAsksWhileItIsMade_WaitsForIt_AndNobodyWaitsForAnother()
    {
        using var shared = Shared();
        using var begun = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var slow = Task.Run(() => shared.Take("a", () =>
        {
            begun.Set();
            goesOn.Wait(TestContext.Current.CancellationToken);
            return Make();
        }), TestContext.Current.CancellationToken);
        begun.Wait(TestContext.Current.CancellationToken);

        shared.Take("b", Make);
        var waiting = Task.Run(() => shared.Take("a", () => throw new InvalidOperationException("It is being made already.")), TestContext.Current.CancellationToken);
        goesOn.Set();

        Assert.Same(await slow, await waiting);
    }

    [Fact]
    public void WhatCouldNotBeMade_IsTriedAgain()
    {
        using var shared = Shared();

        Assert.Throws<IOException>(() => shared.Take("a", () => throw new IOException()));

        Assert.NotNull(shared.Take("a", Make));
    }

    [Fact]
    public void OfWhatNobodyUses_TheLastStay()
    {
        _unused = 2;
        using var shared = Shared();
        var used = shared.Take("used", Make);
        foreach (var key in (string[])["a", "b", "a", "c"])
        {
            shared.Take(key, Make);
            shared.Return(key);
        }

        Assert.Equal(["3"], _gone); // b, which is 3
        Assert.Same(used, shared.Take("used", Make));
        shared.Take("a", Make);
        Assert.Equal(4, _made);
    }

    [Fact]
    public void WhatIsInUseWhenItsOwnerEnds_GoesWhenItIsGivenBack()
    {
        _unused = 2;
        var shared = Shared();
        shared.Take("a", Make);
        shared.Take("b", Make);
        shared.Return("b");

        shared.Dispose();
        Assert.Equal(["2"], _gone);
        shared.Return("a");

        Assert.Equal(["2", "1"], _gone);
        Assert.Throws<ObjectDisposedException>(() => shared.Take("a", Make));
    }

    private SharedWhileUsed<Thing> Shared() => new(() => _unused);

    private Thing Make() => new($"{++_made}", _gone);

    private sealed class Thing(string name, List<string> gone) : IDisposable
    {
        public void Dispose() => gone.Add(name);
    }
}
