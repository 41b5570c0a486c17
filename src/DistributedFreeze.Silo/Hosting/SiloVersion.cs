using System.Reflection;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>The silo's version, as <c>--version</c> prints it.</summary>
internal static class SiloVersion
{
    public static string Current { get; } =
        typeof(SiloVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
