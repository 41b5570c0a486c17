using System.Diagnostics;
using System.Text.RegularExpressions;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Client.Tests.Commands;

namespace DistributedFreeze.Client.Tests.Reference;

public sealed partial class ManualPageTests
{
    private static readonly string Kept = RepositoryRoot.In("docs/dfreeze.1");

    [Fact]
    public async Task ThePageThatIsKept_IsWhatTheCommandPrints()
    {
        var page = await CommandRun.OfAsync("manual");

        Assert.Equal((0, ""), (page.ExitCode, page.Error));
        Assert.True(await File.ReadAllTextAsync(Kept, TestContext.Current.CancellationToken) == page.Output, "docs/dfreeze.1 is old: dfreeze manual > docs/dfreeze.1 makes it anew");
    }

    [Fact]
    public async Task EveryCommandAndOption_StandsInIt()
    {
        var help = (await CommandRun.OfAsync("--help")).Output;
        var page = (await File.ReadAllTextAsync(Kept, TestContext.Current.CancellationToken)).Replace("\\-", "-", StringComparison.Ordinal);

        var commands = CommandLines().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).ToList();
        Assert.True(commands.Count > 20);
        Assert.All(commands, command => Assert.Contains($".SS \"dfreeze {command}", page, StringComparison.Ordinal));
        Assert.All(RunOptionTable.All, option => Assert.Contains($"\\fB{option.Name}\\fR", page, StringComparison.Ordinal));
        Assert.Contains(".SS \"dfreeze weights pull", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Man_ShowsItWithoutAWarning()
    {
        var man = SearchPath.Find("groff");
        Assert.SkipWhen(man is null, "There is no groff.");
        using var process = Process.Start(new ProcessStartInfo(man!, ["-man", "-Tutf8", "-ww", Kept]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var shown = Escapes().Replace(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), "");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (process.ExitCode, await said));
        Assert.Contains("--unfreeze-layers N", shown, StringComparison.Ordinal);
        Assert.Contains("EXIT STATUS", shown, StringComparison.Ordinal);
    }

    [GeneratedRegex("^  ([a-z]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex CommandLines();

    [GeneratedRegex("\u001b\\[[0-9;]*m|.\u0008", RegexOptions.CultureInvariant)]
    private static partial Regex Escapes();
}
