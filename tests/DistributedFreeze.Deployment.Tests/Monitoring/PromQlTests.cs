namespace DistributedFreeze.Deployment.Monitoring;

public sealed class PromQlTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("1 + up * 2.5e3 - vector(0)", "up")]
    [InlineData("sum by (run) (rate(a_total{run=~\"$run\", part!=\"b\"}[$__rate_interval])) / on (run) group_left () b", "a_total b")]
    [InlineData("max(c) by (d) > bool 5 and e or (f unless g)", "c e f g")]
    [InlineData("increase(h_total{i=\"j or k{l}\"}[5m] offset 1h)", "h_total")]
    [InlineData("a:b:rate5m", "a:b:rate5m")]
    public void Metrics_AreToldFromEverythingElse(string expression, string metrics) =>
        Assert.Equal(metrics.Split(' '), PromQl.Parse(expression).Metrics.Select(metric => metric.Metric));

    [Fact]
    public void Labels_BelongToTheirMetric()
    {
        var parsed = PromQl.Parse("sum by (run, part) (a{x=\"1\", y=~\"2|3\"}) / ignoring (part) b{z!=\"4\"}");

        Assert.Equal(["x", "y"], parsed.Metrics[0].Labels);
        Assert.Equal(["z"], parsed.Metrics[1].Labels);
        Assert.Equal(["run", "part", "part"], parsed.Groupings);
    }
}
