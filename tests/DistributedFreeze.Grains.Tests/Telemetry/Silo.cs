using System.Collections.Immutable;
using System.Net;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>A silo's devices without the silo.</summary>
internal static class Silo
{
    public static SiloDevices Devices(int slots) => new(new Details(), new DeviceOptions { CpuSlots = slots }, Slots);

    /// <summary>As many devices as are asked for, and nothing that computes on them.</summary>
    public static IComputeBackend Slots { get; } = Stub.Of<IComputeBackend>((_, asked) => Found((int)asked[0]!));

    private static ImmutableArray<FoundDevice> Found(int slots) => [.. Enumerable.Range(0, slots).Select(slot => new FoundDevice($"cpu:{slot}", "cpu", 0))];

    private sealed class Details : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "test";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);

        public SiloAddress GatewayAddress => SiloAddress;
    }
}
