using System.Security.Cryptography;
using System.Text.Json;

namespace DistributedFreeze.Runs;

/// <summary>Identifies what a spec computes, whatever it is called, wherever it lies and on however many replicas it runs.</summary>
public static class RunSpecKey
{
    /// <summary>SHA-256, in lower-case hex, over the parts of a spec that can change a result.</summary>
    /// <remarks>Data and weights count by their content, which their own hashes cover; paths and replicas are left out. Pure and thread-safe.</remarks>
    public static string Of(RunSpec spec)
    {
        var core = spec with
        {
            Data = spec.Data with { Path = "" },
            Model = spec.Model with { Weights = spec.Model.Weights is null ? null : "" },
            Replicas = null,
            MinReplicas = 1,
            Output = "",
            Features = new() { Type = spec.Features.Type, Engine = spec.Features.Engine, Provider = spec.Features.Provider },
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(core, RunJson.Stored)));
    }
}
