using System.Diagnostics;

namespace DistributedFreeze.Deployment.Monitoring;

/// <summary>The chart's alerts: what each says, where it leads, and when it fires.</summary>
public sealed class AlertTests
{
    private static string Tests => RepositoryRoot.In("tests", "DistributedFreeze.Deployment.Tests", "Monitoring", "Alerts");

    [Fact]
    public void EveryAlert_SaysHowBadItIsAndWhatToDo()
    {
        var sections = File.ReadAllLines(RepositoryRoot.In("docs", "runbook.md"))
            .Where(line => line.StartsWith("## ", StringComparison.Ordinal))
            .Select(line => line[3..].ToLowerInvariant().Replace(' ', '-'))
            .ToList();
        var alerts = AlertRule.All().Where(rule => rule.Alert is not null).ToList();

        Assert.Equal(sections.Order(), alerts.Select(alert => Section(alert.Annotations["runbook_url"])).Order());
        Assert.All(alerts, alert =>
        {
            Assert.StartsWith("DistributedFreeze", alert.Alert, StringComparison.Ordinal);
            Assert.Matches("^(warning|critical)$", alert.Labels["severity"]);
            Assert.NotEqual("", alert.Annotations["summary"]);
            Assert.EndsWith(".", alert.Annotations["description"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void EveryAlert_IsTested()
    {
        var tests = string.Concat(Directory.GetFiles(Tests).Select(File.ReadAllText));

        Assert.All(
            AlertRule.All().Where(rule => rule.Alert is not null),
            alert => Assert.Contains($"runbook_url: {alert.Annotations["runbook_url"]}", tests, StringComparison.Ordinal));
    }

    [Fact]
    public Task Rules_AreValid() => PromtoolAsync(["check", "rules", .. Directory.GetFiles(AlertRule.Folder)]);

    [Fact]
    public Task Alerts_FireWhenTheyShould() => PromtoolAsync(["test", "rules", .. Directory.GetFiles(Tests, "*.test.yaml")]);

    private static string Section(string link)
    {
        Assert.StartsWith("runbook.md#", link, StringComparison.Ordinal);
        return link["runbook.md#".Length..];
    }

    private static async Task PromtoolAsync(string[] arguments)
    {
        const string Tool = "promtool";
        Assert.SkipWhen(SearchPath.Find(Tool) is null, "There is no promtool here; it comes with Prometheus.");
        using var process = Process.Start(new ProcessStartInfo(Tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{output}{await errors}");
    }
}
