using DistributedFreeze.Client.Tests.Commands;

namespace DistributedFreeze.Client.Tests.Contexts;

[Slow]
public sealed class ContextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AContext_IsNamedUsedListedAndForgotten()
    {
        await SucceedsAsync("context", "add", "near", "--cluster", "127.0.0.1:1,127.0.0.1:2");
        await SucceedsAsync("context", "add", "far", "--cluster", "example.org:30000", "--cluster-id", "other");
        Assert.Equal(
            """{"current":"near","contexts":{"far":{"gateways":["example.org:30000"],"clusterId":"other","tls":null},"near":{"gateways":["127.0.0.1:1","127.0.0.1:2"],"clusterId":null,"tls":null}}}""",
            (await SucceedsAsync("context", "list", "--json")).Trim());

        await SucceedsAsync("context", "use", "far");
        Assert.Matches(@"\*\s+far\s+example.org:30000\s+other", await SucceedsAsync("context", "list"));

        await SucceedsAsync("context", "remove", "far");
        Assert.Equal(
            """{"current":null,"contexts":{"near":{"gateways":["127.0.0.1:1","127.0.0.1:2"],"clusterId":null,"tls":null}}}""",
            (await SucceedsAsync("context", "list", "--json")).Trim());
    }

    [Fact]
    public async Task ACommand_GoesToTheContextThatIsUsedOrNamed()
    {
        await SucceedsAsync("context", "add", "used", "--cluster", "127.0.0.1:1");
        await SucceedsAsync("context", "add", "named", "--cluster", "127.0.0.1:2");

        Assert.Equal((1, "error: No cluster answers at 127.0.0.1:1: Connection refused."), await RunAsync("runs"));
        Assert.Equal((1, "error: No cluster answers at 127.0.0.1:2: Connection refused."), await RunAsync("runs", "--context", "named"));
        Assert.Equal((1, "error: No cluster answers at 127.0.0.1:3: Connection refused."), await RunAsync("runs", "--cluster", "127.0.0.1:3"));
    }

    [Fact]
    public async Task WhatIsWrong_IsNamed()
    {
        Assert.Equal((2, "error: --context: there is no context near; dfreeze context add makes one"), await RunAsync("runs", "--context", "near"));
        Assert.Equal((2, "error: --cluster: must be HOST:PORT, got 'host'"), await RunAsync("context", "add", "near", "--cluster", "host"));
        Assert.Equal((2, "error: NAME: is missing; give a name for the cluster"), await RunAsync("context", "use"));
        Assert.Equal(
            (2, "error: --context: cannot stand beside --cluster; give one of the two"), await RunAsync("runs", "--context", "a", "--cluster", "b:1"));
        Assert.StartsWith("error: --cluster: is missing", (await RunAsync("runs")).Error, StringComparison.Ordinal);

        _folder.Write("contexts.yaml", "current: a\ncontext: {}\n");
        var (exitCode, error) = await RunAsync("context", "list");
        Assert.Equal(2, exitCode);
        Assert.Contains("contexts.yaml: line 2", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> SucceedsAsync(params string[] args)
    {
        var (exitCode, output, error) = await DfreezeProcess.RunAsync(Environment(), args);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }

    private async Task<(int ExitCode, string Error)> RunAsync(params string[] args)
    {
        var (exitCode, _, error) = await DfreezeProcess.RunAsync(Environment(), args);
        return (exitCode, error.Trim());
    }

    private Dictionary<string, string> Environment() =>
        new() { ["DFREEZE_CONTEXTS"] = Path.Combine(_folder.Path, "contexts.yaml"), ["DFREEZE_CLUSTER"] = "" };
}
