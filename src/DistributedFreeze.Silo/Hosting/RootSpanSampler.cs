using DistributedFreeze.Grains.Hosting;
using OpenTelemetry.Trace;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Lets traces begin with a request, or with a run: calls that silos make by themselves, every few seconds, would be a trace each.</summary>
internal sealed class RootSpanSampler : Sampler
{
    /// <summary>What ASP.NET Core calls the span of a request.</summary>
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Name is GrainServices.RunSpan or Request);
}
