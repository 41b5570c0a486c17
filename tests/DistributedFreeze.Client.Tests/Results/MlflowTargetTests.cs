using DistributedFreeze.Cli.Results.Mlflow;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Results;

public sealed class MlflowTargetTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5000", null, "", "http://127.0.0.1:5000/", "dfreeze")]
    [InlineData("https://host/ml/", "mine", "", "https://host/ml/", "mine")]
    [InlineData(null, null, "MLFLOW_TRACKING_URI=http://there", "http://there/", "dfreeze")]
    [InlineData(null, null, "MLFLOW_TRACKING_URI=http://there MLFLOW_EXPERIMENT_NAME=x", "http://there/", "x")]
    [InlineData("http://here", "y", "MLFLOW_TRACKING_URI=http://there MLFLOW_EXPERIMENT_NAME=x", "http://here/", "y")]
    public void Options_CountMoreThanVariables(string? address, string? experiment, string variables, string expected, string named)
    {
        var target = MlflowTarget.Of(address, experiment, Variables(variables));

        Assert.Equal((expected, named, null), (target.Address.AbsoluteUri, target.Experiment, target.Authorization));
    }

    [Theory]
    [InlineData("MLFLOW_TRACKING_TOKEN=abc", "Bearer abc")]
    [InlineData("MLFLOW_TRACKING_USERNAME=me MLFLOW_TRACKING_PASSWORD=ö MLFLOW_TRACKING_TOKEN=abc", "Basic bWU6w7Y=")]
    [InlineData("MLFLOW_TRACKING_USERNAME=me", null)]
    public void WhoOneIs_IsToldAsByMlflow(string variables, string? header) =>
        Assert.Equal(header, MlflowTarget.Of("http://here", null, Variables(variables)).Authorization?.ToString());

    [Theory]
    [InlineData(null, null, "", "--mlflow: needs the address of a tracking server")]
    [InlineData("mlruns", null, "", "--mlflow: must be the http or https address")]
    [InlineData(null, null, "MLFLOW_TRACKING_URI=databricks", "MLFLOW_TRACKING_URI: must be the http or https address")]
    [InlineData("file:///mlruns", null, "", "--mlflow: must be the http or https address")]
    [InlineData("http://me:secret@here", null, "", "--mlflow: must be an address alone; a name and password belong in MLFLOW_TRACKING_USERNAME")]
    [InlineData("http://here", " ", "", "--mlflow-experiment: must be a name")]
    [InlineData("http://here", null, "MLFLOW_TRACKING_TOKEN=a\nb", "MLFLOW_TRACKING_TOKEN: must be a token")]
    public void WhatIsNone_IsRefusedByItsName(string? address, string? experiment, string variables, string expected)
    {
        var refused = Assert.Throws<InvalidInputException>(() => MlflowTarget.Of(address, experiment, Variables(variables)));

        Assert.StartsWith(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheOptions_AreTrainsAndWatchs()
    {
        var train = await CommandRun.OfAsync("train", "--data", ".", "--random-weights", "--output", "out", "--classes", "2", "--mlflow", "http://here/x", "--mlflow-experiment", "e");
        var watch = await CommandRun.OfAsync("watch", "run", "--mlflow", "nowhere");

        Assert.Equal(("http://here/x/", "e"), (train.Train!.Results.Mlflow!.Address.AbsoluteUri, train.Train.Results.Mlflow.Experiment));
        Assert.Equal(2, watch.ExitCode);
        Assert.StartsWith("error: --mlflow: must be the http or https address", watch.Error, StringComparison.Ordinal);
    }

    private static Func<string, string?> Variables(string all) => name =>
        all.Split(' ').FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
