using Microsoft.Extensions.Options;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Keeps everybody else's errors out of the log once this program has said what is the matter and ends.</summary>
/// <remarks>Thread-safe. A start that is cut short, or a store that is away, makes a dozen parts of the host complain, each with a stack.</remarks>
internal sealed class LogHush : IPostConfigureOptions<LoggerFilterOptions>
{
    private volatile bool _isOn;

    /// <summary>From here on only this program's own lines are logged.</summary>
    public void Begin() => _isOn = true;

    /// <inheritdoc/>
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            options.Rules[i] = new(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                (!_isOn || IsOurs(category)) && rule.Filter?.Invoke(provider, category, level) != false);
        }
    }

    private static bool IsOurs(string? category) => category?.StartsWith("DistributedFreeze", StringComparison.Ordinal) == true;
}
