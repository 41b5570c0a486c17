using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>Manifests against the definitions of the Kubernetes API.</summary>
public sealed class KubernetesSchemaTests
{
    public static TheoryData<string> All => Deployed.All;

    [Theory]
    [MemberData(nameof(All))]
    public void EveryManifest_IsWhatTheApiDefines(string deployment)
    {
        var said = Check(Deployed.Text(deployment));

        Assert.True(said.ExitCode == 0, said.Output + said.Error);
        Assert.Contains(" ok", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AFieldThatTheApiDoesNotKnow_IsFound() =>
        Assert.NotEqual(0, Check("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 80}\n").ExitCode);

    private static ToolResult Check(string manifests)
    {
        var modules = RepositoryRoot.In("tests/tools");
        if (!Directory.Exists(Path.Combine(modules, "node_modules", "ajv")))
        {
            Assert.Skip("It needs ajv; tests/tools/install.sh installs it where npm is.");
        }

        var script = SharedFolder.Require("checks/k8s-schema.mjs");
        var definitions = SharedFolder.Require("checks/kubernetes-1.33-definitions.json");
        using var folder = new TemporaryFolder();
        return ExternalTool.Node.RunIn(
            modules, script, "--skip=ServiceMonitor,PrometheusRule,ScaledObject,Certificate", definitions, folder.Write("manifests.yaml", manifests));
    }
}
