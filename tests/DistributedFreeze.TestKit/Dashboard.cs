using System.Collections.Immutable;
using System.Text.Json;

namespace DistributedFreeze.TestKit;

/// <summary>A dashboard of the chart.</summary>
/// <param name="Name">Its file's name, without the ending.</param>
/// <param name="Json">What is in the file.</param>
/// <param name="Panels">Its panels but for rows, in order.</param>
public sealed record Dashboard(string Name, JsonElement Json, ImmutableArray<DashboardPanel> Panels)
{
    /// <summary>All that there are in a folder.</summary>
    public static ImmutableArray<Dashboard> All(string folder) =>
        [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Read)];

    private static Dashboard Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        var json = document.RootElement.Clone();
        return new(
            Path.GetFileNameWithoutExtension(file),
            json,
            [.. json.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row").Select(Panel)]);
    }

    private static DashboardPanel Panel(JsonElement panel) => new(
        panel.GetProperty("title").GetString()!,
        [.. panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!)],
        panel);
}

/// <summary>A panel of a dashboard.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Queries">What it asks Prometheus for, with Grafana's variables.</param>
/// <param name="Json">What the file says of it.</param>
public sealed record DashboardPanel(string Title, ImmutableArray<string> Queries, JsonElement Json);
