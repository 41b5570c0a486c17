using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Client.Tests.Http;

public sealed class ApiJsonTests
{
    [Theory]
    [InlineData("adamw", "torchvision-v1.5", "tensorrt")]
    [InlineData("adam-w", "torchvision-v15", "tensor-rt")]
    public void AValue_HasTheNameOfARunFile_OrTheOneThatJsonHadBefore(string optimizer, string graph, string provider)
    {
        var spec = ApiJson.ReadSpec($$"""
            {
              "data": { "path": "images" }, "output": "out", "model": { "graph": "{{graph}}" }, "features": { "provider": "{{provider}}" },
              "phases": [ { "optimizer": { "kind": "{{optimizer}}" } } ]
            }
            """);

        Assert.Equal(
            (OptimizerKind.AdamW, NetworkGraph.TorchvisionV15, PrefixProvider.TensorRt), (spec.Phases[0].Optimizer.Kind, spec.Model.Graph, spec.Features.Provider));
    }

    [Fact]
    public void AnUnknownName_IsAnsweredWithThoseThereAre()
    {
        var refused = Assert.Throws<InvalidInputException>(() => ApiJson.ReadSpec("""{ "data": { "path": "images" }, "output": "out", "phases": [ {} ], "model": { "graph": "vgg" } }"""));

        Assert.Equal(new Problem("model.graph", "must be keras-v1 or torchvision-v1.5, got 'vgg'"), Assert.Single(refused.Problems));
    }
}
