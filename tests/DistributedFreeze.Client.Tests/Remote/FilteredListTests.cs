using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A list that is filtered by what the catalogue knows asks only the runs that it shows.</summary>
public sealed class FilteredListTests
{
    private const int Runs = 10_000;
    private static readonly RunFilter Vision = new() { Labels = [new("team", "vision")] };

    [Fact]
    public async Task OfTenThousandRuns_ThoseOnThePageAreAsked()
    {
        var cluster = CountedCluster.Create();
        var runs = await new DistributedFreezeClient((IGrainFactory)cluster).ListAsync(Vision, skip: 2, take: 3, TestContext.Current.CancellationToken);

        Assert.Equal(["r9970", "r9960", "r9950"], runs.Select(run => run.RunId));
        Assert.Equal((1, 3), (cluster.Finds, cluster.Asked));
    }

    [Fact]
    public async Task OverHttp_TheTotalIsKnownWithoutAskingThem()
    {
        var cluster = CountedCluster.Create();
        var page = await RunList.ListAsync(Request(), (IGrainFactory)cluster, label: ["team:vision"], take: 3);
        var next = await RunList.ListAsync(Request(), (IGrainFactory)cluster, label: ["team:vision"], take: 3, page: page.Next);

        Assert.Equal((Runs / 10, 6), (page.Total, cluster.Asked));
        Assert.Equal(["r9990", "r9980", "r9970"], page.Runs.Select(run => run.RunId));
        Assert.Equal(["r9960", "r9950", "r9940"], next.Runs.Select(run => run.RunId));
    }

    [Fact]
    public async Task RunsThatTheCatalogueDoesNotDescribe_AreAskedThemselves()
    {
        var cluster = CountedCluster.Create(described: run => run != 20);
        var page = await RunList.ListAsync(Request(), (IGrainFactory)cluster, label: ["team:vision"], take: 1_000);
        var runs = await new DistributedFreezeClient((IGrainFactory)cluster).ListAsync(Vision, take: 1_000, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Runs / 10, page.Total);
        Assert.Equal(page.Runs.Select(run => run.RunId), runs.Select(run => run.RunId));
        Assert.Contains("r20", runs.Select(run => run.RunId));
    }

    [Fact]
    public async Task StatesAreAskedOfThoseThatTheLabelsLeave()
    {
        var cluster = CountedCluster.Create();
        var page = await RunList.ListAsync(Request(), (IGrainFactory)cluster, state: ["failed"], label: ["team:vision"], take: 1_000);

        Assert.Equal((0, Runs / 10), (page.Total, cluster.Asked));
    }

    public static TheoryData<Exception> Unknown =>
    [
        new TypeLoadException("Unable to resolve type alias \"(\"inv\",[Orleans.Runtime.GrainReference],[DistributedFreeze.Grains.ICatalogueGrain],\"find\")\"."),
        new CodecNotFoundException("Could not find a codec for type DistributedFreeze.Runs.RunFilter."),
        new OrleansException("no such method"),
    ];

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task ASiloThatCannotFind_IsAskedForAllRuns(Exception unknown)
    {
        var cluster = CountedCluster.Create();
        cluster.CannotFind = unknown;
        var page = await RunList.ListAsync(Request(), (IGrainFactory)cluster, label: ["team:vision"], take: 1_000);
        var runs = await new DistributedFreezeClient((IGrainFactory)cluster).ListAsync(Vision, take: 1_000, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((Runs / 10, Runs / 10), (page.Total, runs.Length));
    }

    private static HttpRequest Request() =>
        new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton(new ApiOptions()).BuildServiceProvider() }.Request;

    /// <summary>Ten thousand runs, of which each tenth has the label; counts who is asked.</summary>
    public class CountedCluster : DispatchProxy
    {
        private Func<int, bool> _described = _ => true;

        internal int Finds { get; private set; }

        internal int Asked { get; private set; }

        internal Exception? CannotFind { get; set; }

        internal static CountedCluster Create(Func<int, bool>? described = null)
        {
            var cluster = (CountedCluster)(object)Create<IGrainFactory, CountedCluster>();
            cluster._described = described ?? cluster._described;
            return cluster;
        }

        internal ImmutableArray<ListedRun> Find(RunFilter filter)
        {
            Finds++;
            return CannotFind is { } unknown ? throw unknown
                : [.. Latest.Where(run => !_described(run) || filter.IncludesInAnyState(Labels(run), null, null))
                    .Select(run => new ListedRun($"r{run}", _described(run) ? new() { Labels = Labels(run) } : null))];
        }

        internal static IEnumerable<int> Latest => Enumerable.Range(0, Runs).Reverse();

        internal RunStatus Status(string id)
        {
            Asked++;
            return new()
            {
                RunId = id,
                State = RunState.Succeeded,
                Spec = new() { Data = new() { Path = "x" }, Phases = [new()], Output = "y", Labels = Labels(int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture)) },
            };
        }

        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.GetGenericArguments()[0] == typeof(ICatalogueGrain) ? new Catalogue(this) : new Run(this, (string)args![0]!);

        private static RunLabels Labels(int run) => run % 10 == 0 ? RunLabels.Of(new() { ["team"] = "vision" }) : RunLabels.None;
    }

    private sealed class Run(CountedCluster cluster, string id) : RunStandIn
    {
        public override Task<RunStatus> GetStatusAsync() => Task.FromResult(cluster.Status(id));
    }

    private sealed class Catalogue(CountedCluster cluster) : ICatalogueGrain
    {
        public Task AddAsync(string runId) => throw new NotSupportedException();

        public Task<bool> AddOwnedAsync(string runId, string owner, int most) => throw new NotSupportedException();

        public Task<bool> MarkOwnedAsync(string runId, string owner, int most) => throw new NotSupportedException();

        public Task EnterAsync(string runId, RunTraits traits) => throw new NotSupportedException();

        public Task<ImmutableArray<ListedRun>> FindAsync(RunFilter filter) => Task.FromResult(cluster.Find(filter));

        public Task<ImmutableArray<string>> ListAsync(int skip, int take) =>
            Task.FromResult<ImmutableArray<string>>([.. CountedCluster.Latest.Skip(skip).Take(take).Select(run => $"r{run}")]);

        public Task MarkAsync(string runId, bool unfinished) => throw new NotSupportedException();

        public Task<ImmutableArray<string>> ListUnfinishedAsync() => throw new NotSupportedException();

        public Task RemoveAsync(string runId) => throw new NotSupportedException();
    }
}
