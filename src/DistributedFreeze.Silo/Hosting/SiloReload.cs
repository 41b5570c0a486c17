using DistributedFreeze.Security;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo reads again when it is asked to (SIGHUP), without a restart: levels of its log, and certificates.</summary>
internal static partial class SiloReload
{
    /// <summary>Reads appsettings files and certificates again. What cannot be read leaves everything as it is.</summary>
    /// <param name="silo">The silo.</param>
    public static void Of(WebApplication silo)
    {
        try
        {
            ((IConfigurationRoot)silo.Configuration).Reload();
            _ = silo.Services.GetService<RenewedCertificates>()?.Current; // looks at its files
            LogRead(silo.Logger);
        }
        catch (Exception wrong)
        {
            // On the thread of a signal any exception would end the process, and whoever uses a setting may refuse it by one. The stack is for what is no setting's fault.
            var first = wrong is AggregateException all ? all.Flatten().InnerExceptions[0] : wrong;
            LogNotRead(silo.Logger, IsOfSettings(first) ? null : wrong, (first.InnerException ?? first).Message.ReplaceLineEndings(" "));
        }
    }

    private static bool IsOfSettings(Exception wrong) =>
        wrong is FormatException or InvalidDataException or InvalidOperationException or IOException or UnauthorizedAccessException or OptionsValidationException;

    [LoggerMessage(LogLevel.Information, "Read settings and certificates again: levels of the log count from now on, other settings from the next start")]
    private static partial void LogRead(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "Settings were not read again, and those of before count: {Problem}")]
    private static partial void LogNotRead(ILogger logger, Exception? wrong, string problem);
}
