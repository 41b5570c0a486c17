namespace DistributedFreeze.Silo.Hosting;

/// <summary>What OpenTelemetry's variables say of whether something is sent. Where to and how, its exporter reads itself.</summary>
internal static class OtlpVariables
{
    /// <summary>Whether a signal goes to a collector: one is named, for all signals or for this one, and none is not what it is to go to.</summary>
    /// <param name="signal">TRACES, METRICS or LOGS.</param>
    /// <param name="variables">The environment.</param>
    public static bool AskFor(string signal, IConfiguration variables) =>
        !string.Equals(variables[$"OTEL_{signal}_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase)
        && (!string.IsNullOrEmpty(variables["OTEL_EXPORTER_OTLP_ENDPOINT"]) || !string.IsNullOrEmpty(variables[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]));
}
