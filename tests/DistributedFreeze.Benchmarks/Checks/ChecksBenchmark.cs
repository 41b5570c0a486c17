using DistributedFreeze.Data.Checks;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checks;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Checks;

/// <summary>How many planted near duplicates and wrong labels <c>dfreeze data check</c> finds.</summary>
internal static class ChecksBenchmark
{
    /// <param name="photographs">A folder of photographs with train and test folders of class folders.</param>
    /// <param name="weights">The base's weights.</param>
    public static Table Run(string photographs, string weights)
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-checks-");
        try
        {
            var untouched = Check(photographs, weights);
            var planted = Path.Combine(folder.FullName, "photographs");
            PlantedFaults.Plant(photographs, planted);
            var check = Check(planted, weights);
            var table = new Table { Border = TableBorder.Markdown };
            table.AddColumns("planted", "how many", "found");
            foreach (var (name, _, _) in PlantedFaults.Changes)
            {
                var all = Directory.EnumerateFiles(planted, $"{name}_*", SearchOption.AllDirectories).Count();
                var found = check.NearDuplicates!.Value.SelectMany(group => group.Images.Where(image => Path.GetFileName(image.Path).StartsWith($"{name}_", StringComparison.Ordinal)
                    && group.Images.Any(other => Path.GetFileName(other.Path) == Path.GetFileName(image.Path)[(name.Length + 1)..]))).Count();
                table.AddRow(name, $"{all}", $"{found}");
            }

            var labels = check.Labels!.Value;
            var moved = labels.Index().Where(label => label.Item.Image.Path.Contains(PlantedFaults.Moved, StringComparison.Ordinal)).Select(label => label.Index).ToList();
            table.AddRow("moved to another class", $"{Directory.EnumerateFiles(planted, $"{PlantedFaults.Moved}*", SearchOption.AllDirectories).Count()}", $"{moved.Count} among {labels.Length} suspicions, {moved.Count(i => i < 20)} within the first 20");
            table.AddRow("nothing", "0", $"{untouched.NearDuplicates!.Value.Length} groups, {untouched.Labels!.Value.Length} suspicions");
            return table;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DataCheck Check(string photographs, string weights) => new DataChecker(
        new()
        {
            Data = new() { Path = photographs },
            Model = new() { Weights = weights },
            Phases = [new() { Freeze = new FreezePolicy.None() }],
            BatchSize = 1,
            Shards = 1,
            Output = "unused",
            Features = new() { Cache = FeatureCacheMode.On, DiskBytes = 0 },
        },
        _ => { }).Run(CancellationToken.None);
}
