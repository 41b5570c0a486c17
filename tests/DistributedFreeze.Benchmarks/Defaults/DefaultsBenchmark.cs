using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Data.Features;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Defaults;

/// <summary>What the defaults come to, old and new: accuracy on the test images over several seeds, and the time it takes.</summary>
/// <remarks>
/// Runs of one set share its kept features, which are computed before anything is timed. Whatever is done is added to a file, a line each, and
/// is not done again: parts may be run alone, and a run that was broken off goes on.
/// </remarks>
internal sealed class DefaultsBenchmark(DefaultsOptions options, Action<string> progress)
{
    public async Task<ImmutableArray<DefaultsResult>> RunAsync()
    {
        var folder = Directory.CreateDirectory(options.Folder).FullName;
        var known = new LineFile<DefaultsResult>(Path.Combine(folder, "results.jsonl"));
        using var stores = new FeatureStores();
        foreach (var set in ImageSets.Of(options.Sets, folder, options.Weights, options.Photographs))
        {
            foreach (var (opening, policy) in Openings.All.Where(opening => options.Openings.Contains(opening.Name)))
            {
                foreach (var recipe in options.Recipes)
                {
                    for (var seed = 0; seed < options.Seeds; seed++)
                    {
                        if (known.Lines.Any(result => result.Is(set.Name, opening, recipe.Name, seed)))
                        {
                            continue;
                        }

                        var spec = recipe.For(set, policy, seed, Path.Combine(folder, "run"), Path.Combine(folder, "features"));
                        if (options.IsTimed)
                        {
                            await LocalTraining.RunAsync(spec with { Phases = [spec.Phases[0] with { Epochs = 1 }] }, stores, options.Replicas); // fills what is kept
                        }

                        var receipt = await LocalTraining.RunAsync(spec, stores, options.Replicas);
                        var result = new DefaultsResult(
                            set.Name, opening, recipe.Name, seed, receipt.TestAccuracy!.Value, receipt.Epochs[^1].ValidationLoss!.Value, options.IsTimed ? receipt.Seconds : null);
                        known.Add(result);
                        progress(result.ToString());
                    }
                }
            }
        }

        return [.. known.Lines];
    }

    public static Table Table(IEnumerable<DefaultsResult> results)
    {
        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns("images", "trains", "recipe", "seeds", "accuracy (least..most)", "validation loss", "seconds");
        foreach (var cell in results.GroupBy(result => (result.Set, result.Opening, result.Recipe)))
        {
            table.AddRow(
                cell.Key.Set,
                cell.Key.Opening,
                cell.Key.Recipe,
                $"{cell.Count()}",
                string.Create(CultureInfo.InvariantCulture, $"{cell.Average(result => result.Accuracy):F3} ({cell.Min(result => result.Accuracy):F3}..{cell.Max(result => result.Accuracy):F3})"),
                string.Create(CultureInfo.InvariantCulture, $"{cell.Average(result => result.ValidationLoss):F3}"),
                cell.All(result => result.Seconds is not null) ? string.Create(CultureInfo.InvariantCulture, $"{cell.Average(result => result.Seconds):F1}") : "");
        }

        return table;
    }
}

/// <summary>One run.</summary>
internal sealed record DefaultsResult(string Set, string Opening, string Recipe, int Seed, double Accuracy, double ValidationLoss, double? Seconds)
{
    public bool Is(string set, string opening, string recipe, int seed) => (Set, Opening, Recipe, Seed) == (set, opening, recipe, seed);
}

/// <summary>What to run.</summary>
internal sealed record DefaultsOptions
{
    /// <summary>Where images are drawn, features kept and results written.</summary>
    public required string Folder { get; init; }

    /// <summary>The base's weights.</summary>
    public required string Weights { get; init; }

    /// <summary>A folder of photographs with train, val and test; null for none.</summary>
    public string? Photographs { get; init; }

    public ImmutableArray<string> Sets { get; init; } = ["trashnet", "textures", "shapes"];

    public ImmutableArray<string> Openings { get; init; } = ["head", "last10", "conv5"];

    public ImmutableArray<Recipe> Recipes { get; init; } = [Recipe.Old, Recipe.New];

    public int Seeds { get; init; } = 5;

    public int Replicas { get; init; } = 2;

    /// <summary>Whether times mean anything: on a machine that does nothing else.</summary>
    public bool IsTimed { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">Something is missing.</exception>
    public static DefaultsOptions Of(string[] args)
    {
        var unset = new DefaultsOptions { Folder = "", Weights = "" };
        return new()
        {
            Folder = Value("--folder") ?? throw new ArgumentException("--folder names where images, features and results go."),
            Weights = Value("--weights") ?? throw new ArgumentException("--weights names a pre-trained ResNet50."),
            Photographs = Value("--photographs"),
            Sets = List("--sets", unset.Sets),
            Openings = List("--trains", unset.Openings),
            Recipes = [.. List("--recipes", ["old", "new"]).Select(Recipe.Of)],
            Seeds = int.Parse(Value("--seeds") ?? "5", CultureInfo.InvariantCulture),
            Replicas = int.Parse(Value("--replicas") ?? "2", CultureInfo.InvariantCulture),
            IsTimed = args.Contains("--timed"),
        };

        string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

        ImmutableArray<string> List(string name, ImmutableArray<string> otherwise) => Value(name) is { } list ? [.. list.Split(',')] : otherwise;
    }
}
