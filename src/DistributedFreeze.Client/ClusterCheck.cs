using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedFreeze.Client;

/// <summary>Whether a program's cluster answers.</summary>
internal sealed class ClusterCheck(IDistributedFreezeClient client) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var devices = await client.ListDevicesAsync(cancellationToken);
            return HealthCheckResult.Healthy(string.Create(CultureInfo.InvariantCulture, $"the cluster answers, with {devices.Length} devices"));
        }
        catch (ClusterUnavailableException away)
        {
            return new(context.Registration.FailureStatus, away.Message, away);
        }
    }
}
