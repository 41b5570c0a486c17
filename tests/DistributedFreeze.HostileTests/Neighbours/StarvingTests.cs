using System.Net;
using System.Net.Sockets;
using System.Text;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Hostile.Silos;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Neighbours;

/// <summary>One caller takes from the others neither requests nor streams nor a processor.</summary>
[Slow]
public sealed class StarvingTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    private const int Own = 4; // a quarter of the silo's 16

    [Fact]
    public async Task StreamsOfOneCaller_LeaveStreamsToOthers()
    {
        var alices = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("watched"));
        var bobs = await HostileSilo.StartAsync(silo.Bob, HostileSilo.Endless("watched-too"));
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < Own; i++)
        {
            open.Add(await OpenAsync(silo.Alice, alices));
        }

        using var more = await OpenAsync(silo.Alice, alices);
        using var others = await OpenAsync(silo.Bob, bobs);

        Assert.All(open, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        Assert.Equal(HttpStatusCode.TooManyRequests, more.StatusCode);
        Assert.Equal(HttpStatusCode.OK, others.StatusCode);
        open.ForEach(stream => stream.Dispose());
        await silo.CancelAsync(alices);
        await silo.CancelAsync(bobs);
    }

    [Fact]
    public async Task SlowPostsOfOneCaller_LeaveRequestsToOthers()
    {
        var sockets = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Own; i++)
            {
                var socket = new TcpClient();
                sockets.Add(socket);
                await socket.ConnectAsync(silo.Alice.BaseAddress!.Host, silo.Alice.BaseAddress.Port, TestContext.Current.CancellationToken);
                var head = $"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: {silo.Alice.DefaultRequestHeaders.Authorization}\r\n"
                    + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n";
                await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);

                // It says so once somebody waits for the body: from then on the request counts.
                var answer = new byte[64];
                var length = await socket.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken);
                Assert.StartsWith("HTTP/1.1 100", Encoding.ASCII.GetString(answer, 0, length), StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.TooManyRequests, await HostileSilo.AskAsync(silo.Alice, "/api/v1/queue"));
            Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Bob, "/api/v1/queue"));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    public static TheoryData<string, RunSpec> Endless()
    {
        var spec = HostileSilo.Spec("x");
        var stars = string.Concat(Enumerable.Repeat("*a", 500_000));
        RunSpec With(FreezePolicy policy) => spec with { Phases = [new() { Freeze = policy }] };
        return new()
        {
            { "phases[0].layers", With(new FreezePolicy.Named([stars])) },
            { "phases[0].layers", With(new FreezePolicy.Named([.. Enumerable.Repeat("conv5_*", 100_000)])) },
            { "phases[0].from", With(new FreezePolicy.FromLayer(stars)) },
            { "phases[0].stage", With(new FreezePolicy.FromStage(stars)) },
            { "model.head.hidden", spec with { Model = new() { Head = new() { Hidden = [.. Enumerable.Repeat(1, 200_000)] } } } },
            { "phases", spec with { Phases = [.. Enumerable.Repeat(new PhaseSpec(), 100_000)] } },
            { "data.path", spec with { Data = new() { Path = string.Concat(Enumerable.Repeat("a/../", 100_000)) } } },
            { "output", spec with { Output = string.Concat(Enumerable.Repeat("a/../", 100_000)) + "x" } },
        };
    }

    [Theory]
    [MemberData(nameof(Endless), DisableDiscoveryEnumeration = true)]
    public void WhatWouldHoldAProcessorForMinutes_IsRefusedAtOnce(string field, RunSpec spec)
    {
        var problem = Assert.Single(RunSpecValidator.Validate(spec), problem => problem.Field == field);

        Assert.Contains("at most", problem.Message, StringComparison.Ordinal);
        Assert.True(problem.Message.Length < 200, "An error repeats no megabytes.");
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient who, string runId) =>
        who.GetAsync($"/api/v1/runs/{runId}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
}
