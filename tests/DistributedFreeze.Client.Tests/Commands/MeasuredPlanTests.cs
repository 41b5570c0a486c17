using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Commands;

[Slow]
public sealed class MeasuredPlanTests : IDisposable
{
    private readonly DrawnImages _images = new();

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task Json_HasRatesAndPredictionsUnderMeasured()
    {
        var run = await CommandRun.EmbeddedAsync([.. Plan(), "--json"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var document = JsonDocument.Parse(run.Output);
        var measured = document.RootElement.GetProperty("measured");
        Assert.True(measured.GetProperty("decodeImagesPerSecond").GetDouble() > 0);
        Assert.Equal(1, measured.GetProperty("decodeThreads").GetInt32());
        Assert.Matches("^onnx-[0-9.]+-cpu-", measured.GetProperty("prefixEngine").GetString());
        Assert.Equal(JsonValueKind.Null, measured.GetProperty("diskBytesPerSecond").ValueKind);
        string[] besides = ["startSeconds", "loadSeconds", "prepareSeconds", "finishSeconds"];
        Assert.All(besides, name => Assert.True(measured.GetProperty(name).GetDouble() > 0, name));
        var phases = measured.GetProperty("phases").EnumerateArray().Sum(one => one.GetProperty("predicted").GetProperty("seconds").GetDouble());
        Assert.True(measured.GetProperty("seconds").GetDouble() > phases + besides.Sum(name => measured.GetProperty(name).GetDouble())); // the test's are left
        Assert.InRange(measured.GetProperty("suggestedReplicas").GetInt32(), 1, 4);
        var phase = Assert.Single(measured.GetProperty("phases").EnumerateArray());
        Assert.True(phase.GetProperty("tailImagesPerSecond").GetDouble() > 0);
        Assert.False(phase.GetProperty("decodingIsLimit").GetBoolean()); // all pixels are kept
        var predicted = phase.GetProperty("predicted");
        Assert.Equal("avg_pool", predicted.GetProperty("boundary").GetString());
        Assert.True(predicted.GetProperty("epochSecondsWithoutCache").GetDouble() > 0);
        Assert.NotEmpty(predicted.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Text_HasATableAndAReasonPerPhase()
    {
        var run = await CommandRun.EmbeddedAsync(Plan());

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("Decoding +[0-9,.]+ images/s", run.Output);
        Assert.Matches("Frozen layers +by onnx-[0-9.]+-cpu-", run.Output);
        Assert.Matches(@"\n 1 +avg_pool .* (keep|compute) ", run.Output);
        Assert.Matches(@"\nPhase 1: (kept|computed again).*\.", run.Output);
        Assert.Matches(@"\nBesides +.* to start and end, .* to decode every image and load the weights, .* to prepare, .* to prove and write", run.Output);
        Assert.Matches(@"\nPredicted +.* on 1 replica", run.Output);
        Assert.Matches(@"\nSuggested +\d replica", run.Output);
    }

    [Fact]
    public async Task WithoutImages_MeasuringIsRefused()
    {
        var run = await CommandRun.OfAsync("plan", "--classes", "4", "--measure");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--data: is missing; --measure needs", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutMeasuring_NothingIsSaidOfIt()
    {
        var run = await CommandRun.OfAsync("plan", "--classes", "4", "--json");

        Assert.DoesNotContain("measured", run.Output, StringComparison.Ordinal);
    }

    private string[] Plan() =>
    [
        "plan", "--data", _images.Path, "--image-size", "40", "--batch", "8", "--shards", "4", "--epochs", "3",
        "--cache-disk", "0", "--replicas", "1", "--measure",
    ];
}
