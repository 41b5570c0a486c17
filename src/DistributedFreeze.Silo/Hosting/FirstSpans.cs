using OpenTelemetry.Trace;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Lets traces begin with a request, or with a run: calls that silos make by themselves, every few seconds, would be a trace each.</summary>
internal sealed class FirstSpans : Sampler
{
    /// <summary>What ASP.NET Core calls the span of a request.</summary>
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    /// <summary>What a run's coordinator calls the span of a run that nobody's trace led to.</summary>
    private const string Run = "run";

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Name is Run or Request);
}
