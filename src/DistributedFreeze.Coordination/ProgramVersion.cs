using System.Reflection;

namespace DistributedFreeze.Coordination;

/// <summary>The version that receipts and logs name.</summary>
internal static class ProgramVersion
{
    public static string Current { get; } = "DistributedFreeze "
        + typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
