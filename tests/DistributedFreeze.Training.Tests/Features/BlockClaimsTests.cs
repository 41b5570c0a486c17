using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Training.Features;

public sealed class BlockClaimsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FeatureStore _store;
    private readonly FeatureSet _set;

    public BlockClaimsTests()
    {
        _store = SmallSet.Store(_folder.Path);
        _set = _store.Open();
    }

    public void Dispose()
    {
        _set.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void WhatIsMissing_IsOurs()
    {
        _set.Write(1);

        using var claims = BlockClaims.Take(_set, Images(1, 2));

        Assert.Equal((true, false, true), (claims.Any, claims.Has(0), claims.Has(1)));
        Assert.Null(_set.TryClaim(SmallSet.Image(2)));
    }

    [Fact]
    public void WhereAllIsThere_NothingIsOurs()
    {
        _set.Write(1);

        using var claims = BlockClaims.Take(_set, Images(1));

        Assert.False(claims.Any);
    }

    [Fact]
    public void WhatIsMissingBesideWhatOthersCompute_IsNotWaitedFor()
    {
        using var theirs = _set.TryClaim(SmallSet.Image(1));

        using var claims = BlockClaims.Take(_set, Images(1, 2));

        Assert.Equal((false, true), (claims.Has(0), claims.Has(1)));
    }

    [Fact]
    public async Task WhatAThreadHereComputes_IsWaitedForHoweverLongThatTakes()
    {
        var theirs = _set.TryClaim(SmallSet.Image(1));

        // No look at other processes is allowed: it would be the last one.
        var waiting = Task.Run(() => BlockClaims.Take(_set, Images(1), mostLooks: 1), TestContext.Current.CancellationToken);
        _set.Write(1);
        theirs!.Dispose();

        using var claims = await waiting;
        Assert.False(claims.Any);
    }

    [Fact]
    public async Task WhatAThreadHereGaveUp_IsOurs()
    {
        var theirs = _set.TryClaim(SmallSet.Image(1));

        var waiting = Task.Run(() => BlockClaims.Take(_set, Images(1), mostLooks: 1), TestContext.Current.CancellationToken);
        theirs!.Dispose();

        using var claims = await waiting;
        Assert.True(claims.Has(0));
    }

    [Fact]
    public async Task WhatAnotherProcessHasComputed_IsFound()
    {
        using var elsewhere = SmallSet.Store(_folder.Path);
        using var other = elsewhere.Open();
        var theirs = other.TryClaim(SmallSet.Image(1));

        var waiting = Task.Run(() => BlockClaims.Take(_set, Images(1), mostLooks: int.MaxValue), TestContext.Current.CancellationToken);
        other.Write(1);
        theirs!.Dispose();

        using var claims = await waiting;
        Assert.False(claims.Any);
    }

    [Fact]
    public void WhatAnotherProcessClaimsForEver_IsComputedInItsPlace()
    {
        using var elsewhere = SmallSet.Store(_folder.Path);
        using var other = elsewhere.Open();
        using var theirs = other.TryClaim(SmallSet.Image(2));
        _set.Write(1);

        using var claims = BlockClaims.Take(_set, Images(1, 2), mostLooks: 3);

        Assert.Equal((false, true), (claims.Has(0), claims.Has(1)));
        Assert.True(_set.Write(2));
    }

    private static ImmutableArray<ImageHash> Images(params int[] numbers) => [.. numbers.Select(SmallSet.Image)];
}
