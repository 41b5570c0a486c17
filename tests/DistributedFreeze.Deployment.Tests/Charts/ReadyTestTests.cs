using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>What the chart's own test, <c>helm test</c>, asks of the silos.</summary>
public sealed class ReadyTestTests
{
    private static DeployedPod Pod => Assert.Single(DeployedPod.In(Deployed.Manifests("helm default").Where(manifest => manifest.IsHook)));

    [Fact]
    public async Task RightAfterAnInstall_ItWaitsUntilASiloIsReady()
    {
        using var service = new TcpListener(IPAddress.Loopback, port: 0);
        service.Start();
        var answered = Answer(service, "", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");

        var said = Run($"127.0.0.1/{((IPEndPoint)service.LocalEndpoint).Port}");

        Assert.Equal("/readyz answers 503\n/readyz answers 200\n", said.Content());
        await answered;
    }

    [Fact]
    public void WhereNobodyAnswers_ItGoesOn_UntilItsDeadline()
    {
        // Bound, so that nobody else gets the port; nobody listens.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.Equal(9, Run($"127.0.0.1/{((IPEndPoint)silent.LocalEndPoint!).Port}").ExitCode);
        Assert.InRange(Pod.Spec.ActiveDeadlineSeconds!.Value, 121, 299); // more than a silo may take to start, less than helm test waits
    }

    [Theory]
    [InlineData("pools: {cpu: {image: {repository: a/b, tag: c}}}", "a/b:c")]
    [InlineData("pools: {cpu: {enabled: false}, gpu: {enabled: true, image: {repository: a/gpu}}}", "a/gpu:0.1.0-cuda")]
    public void ItsImage_IsASilos(string values, string image)
    {
        var pods = DeployedPod.In(Chart.With(values)).ToList();

        Assert.Equal(image, Assert.Single(pods, pod => !pod.Serves).Spec.Containers[0].Image);
        Assert.Contains(pods, pod => pod.IsSilo && pod.Spec.Containers[0].Image == image);
    }

    // Its pause is a counter here, which ends with 9 what goes on for too long.
    private static ToolResult Run(string service)
    {
        var command = Pod.Spec.Containers[0].Command;
        var script = command[^1].Replace("freeze-distributed-freeze/8080", service, StringComparison.Ordinal);
        Assert.NotEqual(command[^1], script);
        return ExternalTool.Bash.Run([.. command.Skip(1).SkipLast(1), $"tries=0\nsleep() {{ [ $((++tries)) -lt 5 ] || exit 9; }}\n{script}"]);
    }

    private static async Task Answer(TcpListener service, params string[] answers)
    {
        foreach (var answer in answers)
        {
            using var client = await service.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var stream = client.GetStream();
            using var request = new StreamReader(stream);
            while (await request.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 })
            {
                // The headers.
            }

            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        }
    }
}
