using DistributedFreeze.Silo.Http;
using Microsoft.Extensions.Configuration.Memory;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo logs, and how, where section <c>Logging</c> does not say otherwise.</summary>
/// <remarks>
/// One line for each event, with its time in UTC as ISO 8601 has it, so that what is found in a log has its time. Orleans and the web server say
/// what they do in ten lines for one of ours: their warnings are enough.
/// </remarks>
internal static class LogDefaults
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        [$"Logging:LogLevel:{Audit.Category}"] = "Information", // whatever else is left out
        ["Logging:LogLevel:Orleans"] = "Warning",
        ["Logging:LogLevel:Microsoft.Orleans"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // At each start it takes the machine's uptime for a stall.
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",

        // Keys for cookies are made and left unencrypted, and nobody here uses cookies.
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
    };

    /// <summary>Adds them below everything that was configured.</summary>
    /// <param name="configuration">The host's.</param>
    public static void AddLogDefaults(this IConfigurationManager configuration)
    {
        // A machine finds a run's lines by their scope; for people each line of a run has its id in words.
        var scopes = string.Equals(configuration["Logging:Console:FormatterName"], "json", StringComparison.OrdinalIgnoreCase);
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = Settings.Append(new("Logging:Console:FormatterOptions:IncludeScopes", scopes ? "true" : "false")),
        });
    }
}
