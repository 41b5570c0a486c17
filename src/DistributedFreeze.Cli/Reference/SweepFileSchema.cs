using System.Text.Json.Nodes;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs.Sweeps;

namespace DistributedFreeze.Cli.Reference;

/// <summary>The JSON schema (draft 7, which every editor knows) of a sweep.</summary>
internal static class SweepFileSchema
{
    public static string Json()
    {
        var properties = SweepFile.Fields.Select(name => KeyValuePair.Create<string, JsonNode?>(name, Field(name)));
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "A sweep of DistributedFreeze",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(properties),
            ["required"] = new JsonArray("run", "vary"),
        }.ToJsonString(RunJson.Indented) + "\n";
    }

    private static JsonObject Field(string name) => name switch
    {
        "name" => Text("What the sweep is called. Left out: the file's name.", new() { ["type"] = "string", ["pattern"] = "^[A-Za-z0-9_-]{1,40}$" }),
        "run" => Text("The run that trials are variations of.", Run()),
        "vary" => Text("The fields that trials differ in, by their paths in a run file, such as phases[0].optimizer.learning_rate.", new() { ["type"] = "object", ["minProperties"] = 1, ["additionalProperties"] = new JsonObject { ["anyOf"] = new JsonArray(Values(), Range()) } }),
        "samples" => Text("How many trials are drawn. Left out: every combination of the values.", Whole(1, SweepFile.MostTrials)),
        "sampling" => Text("How they are drawn.", new() { ["enum"] = new JsonArray([.. SweepFile.Samplings.Select(word => JsonValue.Create(word))]), ["default"] = SweepFile.Samplings[0] }),
        "seed" => Text("Seed of drawing.", new() { ["type"] = "integer", ["default"] = 0 }),
        "metric" => Text("By what trials are compared, on the validation images.", new() { ["enum"] = new JsonArray([.. RunEnums.Measure.All.Select(word => JsonValue.Create(word))]), ["default"] = RunEnums.NameOf(EpochMeasure.Accuracy) }),
        "halving" => Text("Stops trials that lag behind. Left out: all are trained whole.", Halving()),
        _ => throw new InvalidOperationException($"Nothing describes the field {name} of a sweep."),
    };

    /// <summary>The sweep's folder has folders for its runs.</summary>
    private static JsonObject Run()
    {
        var run = RunFileSchema.Group("");
        run["required"] = new JsonArray([.. run["required"]!.AsArray().Select(name => name!.GetValue<string>()).Where(name => name != "output").Select(name => JsonValue.Create(name))]);
        return run;
    }

    private static JsonObject Values() => new() { ["type"] = "array", ["minItems"] = 1 };

    private static JsonObject Range() => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["required"] = new JsonArray("min", "max"),
        ["properties"] = new JsonObject
        {
            ["min"] = Number("The least."),
            ["max"] = Number("The greatest."),
            ["scale"] = new JsonObject { ["enum"] = new JsonArray("linear", "log"), ["default"] = "linear" },
            ["step"] = Number("Takes min, min + step and so on in place of numbers in between."),
        },
    };

    private static JsonObject Halving() => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject
        {
            ["from_epoch"] = Text("Epochs, over all phases, after which trials are compared first.", Whole(1, most: null, SweepDraft.DefaultFromEpoch)),
            ["factor"] = Text("One of so many goes on, to so many times the epochs.", Whole(2, SweepDraft.MostFactor, SweepDraft.DefaultFactor)),
        },
    };

    private static JsonObject Number(string description) => Text(description, new() { ["type"] = "number" });

    private static JsonObject Whole(int least, int? most, int? otherwise = null)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least };
        if (most is { } end)
        {
            schema["maximum"] = end;
        }

        if (otherwise is { } value)
        {
            schema["default"] = value;
        }

        return schema;
    }

    private static JsonObject Text(string description, JsonObject schema)
    {
        schema.Insert(0, "description", description);
        return schema;
    }
}
