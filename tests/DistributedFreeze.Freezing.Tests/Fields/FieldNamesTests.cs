using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Fields;

public sealed class FieldNamesTests
{
    [Theory]
    [InlineData("lower `phases[1].optimizer.learning_rate` (3)", "lower phases[1].optimizer.learning_rate (3)", "lower phases[1].optimizer.learningRate (3)")]
    [InlineData("say `data.preprocess: torch`", "say data.preprocess: torch", "say \"data.preprocess\": \"torch\"")]
    [InlineData("`model.graph: torchvision-v1.5` would fit", "model.graph: torchvision-v1.5 would fit", "\"model.graph\": \"torchvision-v1.5\" would fit")]
    [InlineData("`data.augment.views: 8`, say", "data.augment.views: 8, say", "\"data.augment.views\": 8, say")]
    [InlineData("`phases[0].unfreeze_layers: 20` or 32", "phases[0].unfreeze_layers: 20 or 32", "\"phases[0].unfreezeLayers\": 20 or 32")]
    [InlineData("`phases[0].layers: conv5_*`, say", "phases[0].layers: conv5_*, say", "\"phases[0].layers\": [\"conv5_*\"], say")]
    [InlineData("`model.head.hidden[2]` and `model.head.hidden`", "model.head.hidden[2] and model.head.hidden", "model.head.hidden[2] and model.head.hidden")]
    [InlineData("go on by `resume: /runs/a b`", "go on by resume=true", "go on by resume=true")]
    [InlineData("a folder `data.path of mine`, `ls`, `nobody.knows: it`", "a folder `data.path of mine`, `ls`, `nobody.knows: it`", "a folder `data.path of mine`, `ls`, `nobody.knows: it`")]
    public void A_text_names_fields_as_its_reader_writes_them(string text, string file, string json)
    {
        Assert.Equal(file, FieldNames.OfRunFile.In(text));
        Assert.Equal(json, FieldNames.OfJson.In(text));
    }

    [Fact]
    public void A_problem_names_its_field_and_others_in_the_same_way()
    {
        var problem = new Problem("features.memory", "must be at most `features.disk`");

        Assert.Equal(new Problem("features.memory", "must be at most features.disk"), FieldNames.OfJson.In(problem));
        Assert.Equal(new Problem("train/a.jpg", "is empty"), FieldNames.OfJson.In(new Problem("train/a.jpg", "is empty")));
    }

    [Fact]
    public void An_events_log_line_is_right_for_a_run_file_and_its_JSON_for_JSON()
    {
        var ended = new RunEvent.Ended(RunState.Failed, "lower `phases[0].optimizer.learning_rate`", [new("data.preprocess", "see `batch_size`")]);

        Assert.EndsWith("failed: lower phases[0].optimizer.learning_rate", RunEventText.Of(ended), StringComparison.Ordinal);
        var json = Assert.IsType<RunEvent.Ended>(FieldNames.OfJson.In(ended));
        Assert.Equal("lower phases[0].optimizer.learningRate", json.Reason);
        Assert.Equal([new Problem("data.preprocess", "see batchSize")], json.Problems);
    }

    [Fact]
    public void Warnings_are_told_in_the_readers_names_in_events_and_plans()
    {
        const string Warning = "say `data.preprocess: tf`";
        var prepared = new RunEvent.Prepared(Replicas: 1, TrainImages: 1, ValidationImages: 1, TestImages: 1, Classes: ["a", "b"], Warnings: [Warning]);

        Assert.Equal(["say \"data.preprocess\": \"tf\""], Assert.IsType<RunEvent.Prepared>(FieldNames.OfJson.In(prepared)).Warnings);
        Assert.Contains("warning: say data.preprocess: tf", RunEventText.Of(prepared), StringComparison.Ordinal);
    }
}
