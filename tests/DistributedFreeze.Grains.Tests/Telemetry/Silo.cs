using System.Net;
using DistributedFreeze.Grains.Devices;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>A silo's devices without the silo.</summary>
internal static class Silo
{
    public static SiloDevices Devices(int slots) => new(new Details(), new DeviceOptions { CpuSlots = slots });

    private sealed class Details : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "test";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);

        public SiloAddress GatewayAddress => SiloAddress;
    }
}
