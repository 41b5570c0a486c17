using System.Collections.Immutable;
using System.Text.Json;

namespace DistributedFreeze.Deployment.Monitoring;

/// <summary>What every dashboard of the chart has.</summary>
public sealed class DashboardTests
{
    private const int GrafanasColumns = 24;

    /// <summary>By which a query picks silos, also where a Prometheus knows several clusters, or a cluster several releases.</summary>
    private static readonly HashSet<string> Chosen = ["cluster", "job", "instance"];

    public static TheoryData<string> Names => [.. Dashboards().Select(dashboard => dashboard.Name)];

    [Fact]
    public void ThereIsOneForEachSubject() =>
        Assert.Equal(["cluster", "exchange-and-cache", "failures", "runs"], Dashboards().Select(dashboard => dashboard.Name));

    [Fact]
    public void NoUid_IsUsedTwice() => Assert.Distinct(Dashboards().Select(dashboard => dashboard.Json.GetProperty("uid").GetString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void Variables_ChooseSourceClusterJobSiloAndRun(string name) => Assert.Equal(
        ["datasource", "cluster", "job", "silo", "run"],
        Of(name).Json.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()));

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_SayWhatTheyShowAndInWhichUnit(string name) => Assert.All(Of(name).Panels, panel =>
    {
        Assert.NotEqual("", panel.Title);
        Assert.EndsWith(".", panel.Json.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", panel.Json.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString());
        Assert.Equal("${datasource}", panel.Json.GetProperty("datasource").GetProperty("uid").GetString());
        Assert.NotEmpty(panel.Queries);
    });

    /// <summary>Alerts are left out: most are of a run and of no silo.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Queries_AreOfTheSilosThatWereChosen(string name) => Assert.All(
        Of(name).Panels.SelectMany(panel => panel.Queries).Where(query => !query.Contains("ALERTS", StringComparison.Ordinal)),
        query => Assert.All(PromQl.Parse(query).Metrics, metric => Assert.Superset(Chosen, metric.Labels.ToHashSet())));

    [Theory]
    [MemberData(nameof(Names))]
    public void TitlesAndIds_AreUnique(string name)
    {
        var dashboard = Of(name);

        Assert.Distinct(dashboard.Panels.Select(panel => panel.Title));
        Assert.Distinct(dashboard.Json.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_FillTheGridAndNeverOverlap(string name)
    {
        var cells = Of(name).Json.GetProperty("panels").EnumerateArray().SelectMany(Cells).ToList();

        Assert.Distinct(cells);
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, GrafanasColumns - 1));
        Assert.Equal(GrafanasColumns * (cells.Max(cell => cell.Y) + 1), cells.Count);
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        var (left, top) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
        return
            from x in Enumerable.Range(left, place.GetProperty("w").GetInt32())
            from y in Enumerable.Range(top, place.GetProperty("h").GetInt32())
            select (x, y);
    }

    private static ImmutableArray<Dashboard> Dashboards() => Dashboard.All(RepositoryRoot.In("helm", "distributed-freeze", "files", "dashboards"));

    private static Dashboard Of(string name) => Dashboards().Single(dashboard => dashboard.Name == name);
}
