using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Reference;

/// <summary>What the reference and the schema say is what the code does.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string> Values => [.. RunFileFields.All.Where(IsValue).Select(one => one.Field.Path)];

    [Theory]
    [InlineData("docs/run-file.md", "--reference")]
    [InlineData("docs/run-file.schema.json", null)]
    [InlineData("docs/sweep-file.schema.json", "--sweep")]
    public async Task ThePage_IsWhatTheCommandPrints(string page, string? option)
    {
        var run = await CommandRun.OfAsync(["schema", .. option is null ? Array.Empty<string>() : [option]]);

        Assert.True(
            run.Output == await File.ReadAllTextAsync(RepositoryRoot.In(page), TestContext.Current.CancellationToken),
            $"{page} is old: dfreeze schema {option} > {page} makes it anew");
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void EveryField_HasAnOption(string path) => Assert.NotNull(RunOptionTable.Of(Numbered(path)));

    [Theory]
    [MemberData(nameof(Values))]
    public void TheHelpOfAnOption_SaysTheFieldsDefaultAndNames(string path)
    {
        var field = RunFileFields.All.Single(field => field.Field.Path == path);
        var option = field.Field.Option!;
        if (field.Type is FieldType.Word && option.Says is null)
        {
            Assert.Equal(string.Join('|', field.Words), option.Argument);
        }

        if (field.Default is { } expected && option is { Says: null, IsList: false })
        {
            var told = Regex.Match(option.Help, @"\[default: ([^\],]+)").Groups[1].Value;
            Assert.True(
                told == expected || double.Parse(told, CultureInfo.InvariantCulture).Equals(double.Parse(expected, CultureInfo.InvariantCulture)),
                $"{option.Name} says that the default is '{told}', but it is '{expected}'");
        }
    }

    /// <summary>A field's value is found in JSON where the table says.</summary>
    [Theory]
    [MemberData(nameof(Values))]
    public void EveryField_HasTheNameInJsonThatItIsSaidToHave(string path)
    {
        var field = RunFileFields.All.Single(field => field.Field.Path == path);
        var draft = path == "phases[].optimizer.rates" ? Draft().With("phases[0].unfreeze_layers", "10", "test") : IsForABase(path) ? OnABase() : path.StartsWith("data.fold", StringComparison.Ordinal) ? OfFolds() : path.StartsWith("feature_", StringComparison.Ordinal) ? Draft().With("feature_augmentation.contrast", "0.3", "test") : Draft();
        var without = Json(draft);
        var with = Json(Set(draft, field, Numbered(path)));

        var differs = Differences(without, with, "").Distinct().ToList();
        if (path != "phases[].unfreeze" && RunDraft.FreezeFields.Any(form => path == $"phases[].{form}"))
        {
            differs.Remove("phases[0].unfreeze"); // which says none where no other field says which layers train
        }

        Assert.All(differs, place => Assert.StartsWith(Numbered(field.Field.Json), place, StringComparison.Ordinal));
        Assert.NotEmpty(differs);
    }

    [Theory]
    [InlineData("data.image_size", 32, 1024)]
    [InlineData("phases[].unfreeze_layers", 0, double.PositiveInfinity)] // as many as the network has
    [InlineData("replicas", 1, double.PositiveInfinity)] // as many as there are shards
    [InlineData("phases[].schedule.warmup_epochs", 0, double.PositiveInfinity)] // as many as there are epochs
    [InlineData("model.head.hidden", 1, 65_536)]
    public void ARange_IsTheValidators(string path, double min, double max)
    {
        var range = RunFileFields.All.Single(field => field.Field.Path == path).Range!;

        Assert.Equal((min, max), (range.Min, range.Max));
    }

    [Fact]
    public void WordsOfJson_AreThoseThatTextsUse() => Assert.All(
        RunFileFields.All.SelectMany(field => field.Words.Select(word => (field.Field.Path, Word: word))),
        pair =>
        {
            var json = FieldNames.OfJson.In($"`{Numbered(pair.Path)}: {pair.Word}`");
            var name = Numbered(RunFields.Find(pair.Path)!.Json);
            var draft = IsForABase(pair.Path) || pair.Word is "unit" or "raw" or "clip" ? OnABase() : pair.Word == "auto" ? Draft().Without("data.force_preprocess") : Draft();
            draft = pair.Path == "model.architecture" ? draft.With("model.graph", "torchvision-v1.5", "test") : draft; // Keras has not all of them
            draft = pair.Word == "plateau" ? draft.With("phases[0].schedule.patience", "1", "test") : draft; // the draft's epochs are few
            var spec = Json(draft.With(Numbered(pair.Path), pair.Word, "test"));
            Assert.Equal($"\"{name}\": \"{At(spec, name)}\"", json);
        });

    private static RunDraft Draft() => RunDraft.Parse(new StringReader("data: { path: /x, preprocess: torch, augment: { flip: 0.25, views: 4 } }\noutput: /o\nreplicas: 2\nphases: [ { epochs: 3 } ]\n"), "test");

    /// <summary>What says how an ONNX base is taken says nothing without one.</summary>
    private static RunDraft OnABase() => Draft().With("model.base", "/m.onnx", "test");

    /// <summary>Folds and the one that is the test are given together.</summary>
    private static RunDraft OfFolds() => Draft().With("data.folds", "10", "test").With("data.fold", "1", "test");

    private static bool IsForABase(string path) => path is "model.boundary" or "model.pool" || path.StartsWith("model.base_", StringComparison.Ordinal);

    private static RunDraft Set(RunDraft draft, RunFileField field, string path) => field.Type switch
    {
        FieldType.Word when field.Field.Path == "phases[].unfreeze" => draft.With(path, "all", "test"),
        FieldType.Word when field.Field.Path == "phases[].optimizer.weight_decay_on" => draft.With(path, "weights", "test"),
        FieldType.Word or FieldType.WordOrNumbers => draft.With(path, field.Words.First(word => word != field.Default && (word, field.Field.Path) is not ("torch", "data.preprocess")), "test"),
        FieldType.Flag => draft.With(path, "true", "test"),
        FieldType.WholeNumbers => draft.With(path, ["7"], "test"),
        FieldType.Numbers => draft.With(path, new Dictionary<string, string> { ["conv5_*"] = "0.5" }, "test"),
        FieldType.NamedTexts => draft.With(path, new Dictionary<string, string> { ["team"] = "vision" }, "test"),
        FieldType.Texts => draft.With(path, [field.Field.Path == "model.head.inputs" ? "conv4_block6_out" : "conv5_*"], "test"),
        FieldType.WholeNumber or FieldType.Bytes => draft.With(path, field.Field.Path switch { "batch_size" => "64", "shards" => "8", "replicas" => "1", "min_replicas" => "2", "data.image_size" => "64", _ => "9" }, "test"),
        FieldType.Number => draft.With(path, "0.5", "test"),
        _ => draft.With(path, field.Field.Path switch { "phases[].from" => "conv5_block1_1_conv", "phases[].stage" => "conv4", "model.weights" => "/w.h5", "model.base_sha256" => new string('a', 64), "data.split" => "60/20/20", _ => "/elsewhere" }, "test"),
    };

    private static JsonObject Json(RunDraft draft) => JsonSerializer.SerializeToNode(draft.Build(), RunJson.Compact)!.AsObject();

    private static string? At(JsonNode node, string path) => path.Replace("[0]", ".0", StringComparison.Ordinal).Split('.')
        .Aggregate<string, JsonNode?>(node, (place, step) => int.TryParse(step, out var index) ? place![index] : place![step])?.ToString();

    private static IEnumerable<string> Differences(JsonNode? one, JsonNode? other, string path)
    {
        switch (one, other)
        {
            case (JsonObject first, JsonObject second):
                return first.Select(field => field.Key).Union(second.Select(field => field.Key))
                    .SelectMany(name => Differences(first[name], second[name], path.Length == 0 ? name : $"{path}.{name}"));
            case (JsonArray { Count: > 0 } first, JsonArray { Count: > 0 } second):
                return Differences(first[0], second[0], $"{path}[0]");
            default:
                return JsonNode.DeepEquals(one, other) ? [] : [path];
        }
    }

    private static bool IsValue(RunFileField field) => field.Type is not (FieldType.Map or FieldType.Maps);

    private static string Numbered(string path) => path.Replace("[]", "[0]", StringComparison.Ordinal);
}
