using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What is asked of a silo's process on its command line, before it becomes a silo. Pure and thread-safe.</summary>
/// <remarks>
/// ASP.NET takes any <c>--Section:Key=value</c> as a setting and drops what is none, so that a misspelt option started a silo on the default
/// ports. Here a section has to be one that somebody reads; what is in the project's own is checked further by <see cref="SiloOptions"/>.
/// </remarks>
internal static class SiloArguments
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help =
        """
        A silo of DistributedFreeze: it trains runs on this machine's devices, alone or in a cluster.

        Usage:
          DistributedFreeze.Silo [--urls=URL] [--DistributedFreeze:SETTING=VALUE ...]

        Options:
          --urls=URL      Where HTTP is answered, such as http://127.0.0.1:8080
          --DistributedFreeze:SETTING=VALUE
                          One of: {0}
          --Logging:LogLevel:Default=Debug and others of ASP.NET's sections and options
          --help          Prints this
          --version       Prints the version

        Settings can stand in appsettings.json and in the environment too (DistributedFreeze__SiloPort=11111); the command line goes first.
        docs/cluster.md says what each of them is.
        """;

    // Hosting's own (WebHostDefaults, HostDefaults and GenericWebHostBuilder's options), and the sections that ASP.NET and Orleans read.
    private static readonly ImmutableArray<string> Options =
    [
        "urls", "http_ports", "https_ports", "https_port", "environment", "contentRoot", "applicationName", "webroot", "shutdownTimeoutSeconds",
        "captureStartupErrors", "detailedErrors", "suppressStatusMessages", "preferHostingUrls", "hostingStartupAssemblies",
        "hostingStartupExcludeAssemblies", "preventHostingStartup", "startupAssembly", "AllowedHosts", "forwardedHeaders_enabled",
    ];

    private static readonly ImmutableArray<string> Sections =
        [SiloOptions.Section, "Logging", "Kestrel", "ConnectionStrings", "Authentication", "Orleans", "hostBuilder", "OpenTelemetry"];

    private static readonly ImmutableArray<string> Settings =
        [.. typeof(SiloOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name)];

    /// <summary>What to print instead of starting.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="version">The program's version.</param>
    /// <returns>Null where a silo is to start.</returns>
    public static string? Answer(IReadOnlyCollection<string> args, string version) =>
        args.Any(arg => arg is "--help" or "-h" or "-?" or "/?") ? Help.Replace("{0}", string.Join(", ", Settings), StringComparison.Ordinal)
        : args.Contains("--version") ? version
        : null;

    /// <summary>What is wrong with the arguments.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>A line about the first that nobody would read; null where there is none.</returns>
    public static string? Problem(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            var (isOption, equals) = (arg.StartsWith("--", StringComparison.Ordinal) || arg.StartsWith('/'), arg.IndexOf('=', StringComparison.Ordinal));
            if (!isOption && equals < 0)
            {
                return $"'{arg}' is no option; settings are written --{SiloOptions.Section}:SiloPort=11111, and --help lists them";
            }

            var name = (equals < 0 ? arg : arg[..equals]).TrimStart('-', '/');
            if (Unknown(name) is { } near)
            {
                return $"unknown option {(equals < 0 ? arg : arg[..equals])}{near}; --help lists them";
            }

            if (equals < 0 && (++i == args.Count || args[i].StartsWith("--", StringComparison.Ordinal)))
            {
                return $"{arg} needs a value: {arg}=VALUE";
            }
        }

        return null;
    }

    /// <returns>What is near; null where the name is known.</returns>
    private static string? Unknown(string name)
    {
        var parts = name.Split(':');
        if (parts.Length == 1)
        {
            return Is(Options, name) ? null : Near(name, Options.Concat(Settings.Select(setting => $"{SiloOptions.Section}:{setting}")), "", name);
        }

        return !Is(Sections, parts[0]) ? Near(parts[0], Sections, "", parts[0])
            : !Is([SiloOptions.Section], parts[0]) || Is(Settings, parts[1]) ? null
            : Near(parts[1], Settings, $"{SiloOptions.Section}:", parts[1]);
    }

    /// <summary>Names that are near, and settings that lack their section.</summary>
    private static string Near(string given, IEnumerable<string> known, string before, string setting)
    {
        var near = NearNames.Of(given, known).Select(name => $"--{before}{name}").ToList();
        if (near.Count == 0)
        {
            near = [.. NearNames.Of(setting, Settings).Select(name => $"--{SiloOptions.Section}:{name}")];
        }

        return near.Count == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
    }

    private static bool Is(ImmutableArray<string> known, string name) => known.Contains(name, StringComparer.OrdinalIgnoreCase);
}
