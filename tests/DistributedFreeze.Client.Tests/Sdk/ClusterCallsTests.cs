using Orleans.Persistence.Redis;
using StackExchange.Redis;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What a caller hears when the cluster cannot answer.</summary>
public sealed class ClusterCallsTests
{
    public static TheoryData<Exception> Unavailable =>
    [
        new RedisStorageException("Failed to read grain state for events-0."),
        new RedisConnectionException(ConnectionFailureType.SocketClosed, "The message timed out in the backlog."),
        new Npgsql.NpgsqlException("Failed to connect."),
        new Orleans.Runtime.OrleansException("Silo unavailable."),
        new TimeoutException(),
        new IOException(),
    ];

    [Theory]
    [MemberData(nameof(Unavailable))]
    public async Task WhateverItsStoreThrows_TheClusterIsUnavailable(Exception thrown)
    {
        var heard = await Assert.ThrowsAsync<ClusterUnavailableException>(() => ClusterCalls.AskAsync<int>(() => throw thrown, TestContext.Current.CancellationToken));

        Assert.StartsWith("The cluster ", heard.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(thrown.Message, heard.Message, StringComparison.Ordinal);
        Assert.Same(thrown, heard.InnerException);
    }

    [Fact]
    public async Task AFaultOfTheCaller_StaysWhatItIs() =>
        await Assert.ThrowsAsync<ArgumentException>(() => ClusterCalls.AskAsync<int>(() => throw new ArgumentException("x"), TestContext.Current.CancellationToken));
}
