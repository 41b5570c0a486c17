using System.Collections.Immutable;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Silo.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime.MembershipService;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Orleans names messages and types; people are told what it means for them.</summary>
public sealed class OrleansWordsTests
{
    private const string OrleansWords = "for message: Request [S1 run/r1]->[S2]. See https://aka.ms/orleans-troubleshooting for troubleshooting help.";

    private static RunSpec Spec => new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out" };

    [Fact]
    public async Task AClient_IsToldThatTheClusterDoesNotAnswer()
    {
        var client = new DistributedFreezeClient(OneGrain.Of(new Gone()), new JumpingTime());

        var lost = await Assert.ThrowsAsync<ClusterUnavailableException>(() => client.SubmitAsync(Spec, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("The cluster does not answer.", lost.Message);
    }

    [Fact]
    public void AFailureWithinASilo_IsPassedOnUnlessItIsOrleansOwn()
    {
        Assert.Equal(
            "The cluster could not answer; the silo's log says why.", ClusterCalls.CouldNot("Orleans.Persistence.Redis.RedisStorageException", OrleansWords));
        Assert.Equal(
            "The cluster could not answer: The run's state could not be stored: the disk is full",
            ClusterCalls.CouldNot("DistributedFreeze.Grains.Coordination.CoordinatorLostException", "The run's state could not be stored: the disk is full"));
    }

    [Fact]
    public void ASiloThatEnds_SaysWhyInOurWords()
    {
        Assert.Equal(
            "other silos of the cluster are said to be there, and cannot be reached",
            StartFailure.Words(new OrleansClusterConnectivityCheckFailedException("Failed to get ping responses from 1 of 1 active silos.")));
        Assert.Equal("it could not join its cluster; the log has the rest", StartFailure.Words(new OrleansException(OrleansWords)));
        Assert.Equal("IOException: no route", StartFailure.Words(new OrleansException(OrleansWords, new IOException("no route"))));
        Assert.Equal("IOException: the port is taken", StartFailure.Words(new IOException("the port is taken")));
    }

    [Fact]
    public async Task AnEventStreamWhoseRunMoves_BreaksOff()
    {
        var lifetime = new Aborted();
        using var services = new ServiceCollection().AddSingleton(new ApiOptions()).BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);

        await EventStreamEndpoint.WatchAsync("r1", lastEventId: null, after: null, context, OneGrain.Of(new Gone()), new(), new Running());

        Assert.True(lifetime.IsAborted);
    }

    /// <summary>A run that is there, and whose silo is gone once it is asked for more.</summary>
    private sealed class Gone : RunStandIn
    {
        public override Task StartAsync(RunSubmission submission) => throw new SiloUnavailableException(OrleansWords);

        public override Task<RunStatus> GetStatusAsync() => Task.FromResult(new RunStatus { RunId = "r1", State = RunState.Running, Spec = Spec });

        public override Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => throw new SiloUnavailableException(OrleansWords);
    }

    private sealed class Aborted : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Running : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => throw new NotSupportedException();
    }
}
