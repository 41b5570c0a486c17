using System.Diagnostics.Metrics;
using DistributedFreeze.Security;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>When this silo's certificates end, from its start on.</summary>
internal sealed class CertificateMetrics : IHostedService
{
    public CertificateMetrics(IMeterFactory meters, RenewedCertificates certificates) =>
        Measures.CertificateExpiry.Observe(meters.Create(Measures.Meter), () =>
        {
            var now = certificates.Current;
            Measurement<long>[] ends = [Of("own", now.NotAfter), Of("authority", now.AuthoritiesNotAfter)];
            return now.ClientAuthoritiesNotAfter is { } clients ? [.. ends, Of("client_authority", clients)] : ends;
        });

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Measurement<long> Of(string use, DateTimeOffset end) =>
        new(end.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("use", use));
}
