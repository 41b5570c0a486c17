using System.Diagnostics;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>The page that <c>dfreeze evaluate --output</c> writes.</summary>
[Slow]
public sealed partial class ReportTests(ReportTests.Reports reports) : IClassFixture<ReportTests.Reports>
{
    private static readonly string[] Figures = ["loss", "accuracy", "learning-rate", "classes", "reliability"];

    [Fact]
    public void EveryFigure_IsThere()
    {
        var page = reports.OfRun;

        Assert.All(Figures, figure => Assert.Equal(1, Regex.Count(page, $"<svg id=\"{figure}\" role=\"img\"")));
        Assert.Equal(16, Regex.Count(page, "<td class=\"(right|wrong)"));
        Assert.Equal(2 * 175, Regex.Count(page, "<i class=\"(open|frozen|bare)\" title="));
        Assert.Contains("phase 2</text>", page, StringComparison.Ordinal); // the line between both phases
        Assert.Contains("Phase 2: 10 of 175 layers open", page, StringComparison.Ordinal);
        Assert.Equal(8, Regex.Count(Part(page, "least-certain"), "<figure><div><img alt=\"test/[a-z]+/[^\"]+\" src=\"data:image/jpeg;base64,"));
        Assert.Equal(8, Regex.Count(Part(page, "least-certain"), "<img class=\"map\" alt=\"\" src=\"data:image/png;base64,"));
        Assert.Contains("Orange places speak for the answer, blue ones against it, the more the stronger: the class&#39;s weights times the last maps", page, StringComparison.Ordinal);
        Assert.DoesNotContain("rgb(1,1,1)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelAlone_HasNoRunToShow()
    {
        var page = reports.OfModel;

        Assert.All(Figures.Skip(3), figure => Assert.Contains($"<svg id=\"{figure}\"", page, StringComparison.Ordinal));
        Assert.All(Figures.Take(3), figure => Assert.DoesNotContain($"<svg id=\"{figure}\"", page, StringComparison.Ordinal));
        Assert.DoesNotContain("freeze-map\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"map\"", page, StringComparison.Ordinal);
        Assert.Contains("No class-activation maps: they need the folder of a run, and this is a model alone.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesThatAreHtml_AreText()
    {
        Assert.Contains("&lt;script&gt;alert(1)&lt;", reports.OfModel, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", reports.OfModel, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Nothing_IsAskedOfANetwork()
    {
        Assert.All(Addresses().Matches(reports.OfRun).Select(match => match.Groups[1].Value), address => Assert.Matches("^data:image/(jpeg|png);", address));
        Assert.DoesNotContain("url(http", reports.OfRun, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", reports.OfRun, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ABrowser_ShowsIt_WithoutAnErrorOrARequest()
    {
        if (Browser() is not { } browser)
        {
            Assert.Skip("There is no Chromium here (Debian: apt-get install --no-install-recommends chromium).");
            return;
        }

        var (page, net) = (reports.In("run-report/report.html"), reports.In("net.json"));
        var start = new ProcessStartInfo(browser)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", $"--user-data-dir={reports.In("profile")}", $"--log-net-log={net}", "--dump-dom", new Uri(page).AbsoluteUri,
            },
        };
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var dom = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        Assert.All(Figures, figure => Assert.Contains($"<svg id=\"{figure}\"", dom, StringComparison.Ordinal));
        Assert.Contains("<img class=\"map\"", dom, StringComparison.Ordinal);
        Assert.DoesNotContain("CONSOLE", await said, StringComparison.Ordinal);
        var asked = Requests().Matches(await File.ReadAllTextAsync(net, TestContext.Current.CancellationToken)).Select(match => match.Groups[1].Value).Distinct();
        Assert.DoesNotContain(asked, url => !IsTheBrowsersOwn(url));
    }

    /// <summary>What Chromium asks of its maker by itself, whatever page is open.</summary>
    private static bool IsTheBrowsersOwn(string url) => new Uri(url).Host is var host && (host.EndsWith(".google.com", StringComparison.Ordinal) || host.EndsWith(".googleapis.com", StringComparison.Ordinal) || host.EndsWith(".gvt1.com", StringComparison.Ordinal));

    private static string? Browser() => Array.Find((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], File.Exists);

    private static string Part(string page, string id) => page[page.IndexOf($"id=\"{id}\"", StringComparison.Ordinal)..].Split("</section>")[0];

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Addresses();

    [GeneratedRegex("\"url\":\"(https?:[^\"]*)\"")]
    private static partial Regex Requests();

    /// <summary>A run of two phases, its report, and that of a model with a strange class.</summary>
    public sealed class Reports : IAsyncLifetime
    {
        private readonly DrawnImages _images = new();

        internal string OfRun { get; private set; } = "";

        internal string OfModel { get; private set; } = "";

        internal string In(string name) => _images.In(name);

        public async ValueTask InitializeAsync()
        {
            var file = _images.Write("run.yaml", $$"""
                data:
                  path: "{{_images.Path}}"
                  image_size: 40
                model: { random_weights: true }
                batch_size: 8
                shards: 4
                output: "{{In("run")}}"
                phases:
                  - unfreeze: none
                    epochs: 2
                    learning_rate: 0.01
                  - unfreeze_layers: 10
                    epochs: 1
                    learning_rate: 0.001
                """);
            var trained = await CommandRun.EmbeddedAsync("train", "-f", file);
            Assert.True(trained.ExitCode == 0, trained.Error);
            OfRun = await ReportAsync("run-report", In("run"));

            Directory.CreateDirectory(In("odd/a"));
            Directory.CreateDirectory(In("odd/<script>alert(1)<"));
            var images = Directory.EnumerateFiles(Path.Combine(_images.Path, "test"), "*", SearchOption.AllDirectories).ToList();
            File.Copy(images[0], In("odd/a/one.png"));
            File.Copy(images[1], In("odd/<script>alert(1)</two.png"));
            await File.WriteAllBytesAsync(In("odd.onnx"), EvaluateTests.AnyModel("a", "<script>alert(1)<", "c"));
            OfModel = await ReportAsync("model-report", In("odd.onnx"), In("odd"));
        }

        public ValueTask DisposeAsync()
        {
            _images.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<string> ReportAsync(string folder, params string[] args)
        {
            var run = await CommandRun.OfAsync(["evaluate", .. args, "--output", In(folder)]);
            Assert.True(run.ExitCode == 0, run.Error);
            return await File.ReadAllTextAsync(Path.Combine(In(folder), "report.html"));
        }
    }
}
