using System.Diagnostics;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("dfreeze pau", "pause")]
    [InlineData("dfreeze train --unfreeze-l", "--unfreeze-layers")]
    [InlineData("dfreeze context re", "remove")]
    [InlineData("dfreeze completion zs", "zsh")]
    public async Task AnUnfinishedLine_IsCompleted(string line, string word)
    {
        var run = await CommandRun.OfAsync($"[suggest:{line.Length}]", line);

        Assert.Equal((0, "", word), (run.ExitCode, run.Error, run.Output.Trim()));
    }

    [Fact]
    public async Task ARun_IsNotCompletedWhereNoClusterIsKnown()
    {
        var run = await CommandRun.OfAsync("[suggest:39]", "dfreeze watch --cluster 127.0.0.1:1 zzz");

        Assert.Equal((0, "", ""), (run.ExitCode, run.Error, run.Output.Trim()));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task EveryShell_HasAScriptThatAsksTheCommand(string shell)
    {
        var run = await CommandRun.OfAsync("completion", shell);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherShell_IsRefused()
    {
        var run = await CommandRun.OfAsync("completion", "tcsh");

        Assert.Equal((2, "error: SHELL: must be bash, fish, pwsh or zsh, got 'tcsh'"), (run.ExitCode, run.Error.Trim()));
    }

    [Fact]
    public async Task InPowerShell_TheScriptFillsInTheWord()
    {
        var shell = SearchPath.Find("pwsh");
        Assert.SkipWhen(shell is null, "There is no PowerShell.");
        using var folder = new TemporaryFolder();
        var script = folder.Write("complete.ps1", $$"""
            function dfreeze { dotnet '{{Path.Combine(AppContext.BaseDirectory, "dfreeze.dll")}}' @args }
            {{(await CommandRun.OfAsync("completion", "pwsh")).Output}}
            (TabExpansion2 'dfreeze dev' 11).CompletionMatches.CompletionText
            """);

        using var pwsh = Process.Start(new ProcessStartInfo(shell!, ["-NoProfile", "-File", script]) { RedirectStandardOutput = true })!;
        Assert.Equal("devices", (await pwsh.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        await pwsh.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task InBash_TheScriptFillsInTheWord()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        var script = (await CommandRun.OfAsync("completion", "bash")).Output;
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DFREEZE"] = Path.Combine(AppContext.BaseDirectory, "dfreeze.dll");
        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync($$"""
            dfreeze() { dotnet "$DFREEZE" "$@"; }
            {{script}}
            COMP_LINE='dfreeze dev'; COMP_POINT=11; COMP_WORDS=(dfreeze dev); COMP_CWORD=1
            _dfreeze
            echo "${COMPREPLY[@]}"

            """);
        bash.StandardInput.Close();

        Assert.Equal("devices", (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
