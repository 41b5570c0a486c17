using System.Diagnostics;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>What becomes of the files of a base, and of those beside it, that are not as they should be.</summary>
public sealed class BaseFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Pipes_AreRefused_AndNotWaitedFor()
    {
        var refused = await RefusedAsync(() => RunBases.Resolve(Spec(Pipe("pipe.onnx"))));
        Assert.Equal("model.base", refused.Field);
        Assert.Contains("is a pipe or a device", refused.Message, StringComparison.Ordinal);

        Pipe("weights.bin");
        var external = new OnnxWriter().Input("image", 1, -1, 3, 48, 48).ConstantAt("w", "weights.bin", "0", "16", 4).Node("Relu", "image", "y").Output("y");
        Assert.Contains("weights.bin is a pipe or a device", (await RefusedAsync(() => RunBases.Resolve(Spec(Write(external))))).Message, StringComparison.Ordinal);

        var graph = BaseGraph.Open(Write(StrangeGraphs.Mobile()));
        Pipe("config.json");
        var beside = await RefusedAsync(() => _ = graph.Preprocessing);
        Assert.Equal("data.preprocess", beside.Field);
        Assert.Contains("config.json, which lies beside the model, cannot be read", beside.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preprocessor_config.json", """{"image_mean": [0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""", "no 'image_mean' that is three numbers")]
    [InlineData("preprocessor_config.json", """{"image_mean": [0.5, 0.5, 0.5]}""", "no 'image_std' that is three numbers")]
    [InlineData("preprocessor_config.json", """{"image_std": 0.5}""", "no 'image_mean' that is three numbers")]
    [InlineData("preprocessor_config.json", """{"do_rescale": "no"}""", "no 'do_rescale' that is true or false")]
    [InlineData("config.json", """{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": "half"}}""", "no 'std' that is three numbers")]
    [InlineData("config.json", """{"pretrained_cfg": {"std": [1, 1, 1]}}""", "no 'mean' that is three numbers")]
    public void AFileBesideIt_ThatSpeaksAndIsNotUnderstood_IsNoSilence(string file, string content, string why)
    {
        _folder.Write(file, content);

        var refused = Refused(() => _ = BaseGraph.Open(Write(StrangeGraphs.Mobile())).Preprocessing);

        Assert.Equal("data.preprocess", refused.Field);
        Assert.StartsWith($"must be chosen: {_folder.In(file)}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileBesideIt_ThatIsALink_IsNotFollowed()
    {
        using var other = new TemporaryFolder();
        other.Write("config.json", """{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}""");
        File.CreateSymbolicLink(_folder.In("config.json"), other.In("config.json"));

        Assert.Contains("is a link", Refused(() => _ = BaseGraph.Open(Write(StrangeGraphs.Mobile())).Preprocessing).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConstantsThatChangeWhileTheModelIsOpen_AreNotComputedWith()
    {
        var written = StrangeGraphs.Mobile(external: "weights.bin");
        File.WriteAllBytes(_folder.In("weights.bin"), written.ExternalBytes);
        var graph = BaseGraph.Open(Write(written));
        var model = graph.Resolve(Spec(_folder.In("model.onnx"))).Model;
        Assert.NotEmpty(graph.Cut(model, 48).ToModel(1, 48, GraphCut.OutputName));

        File.WriteAllBytes(_folder.In("weights.bin"), [.. written.ExternalBytes.Select(value => (byte)(value ^ 1))]);

        Assert.Contains("has changed since the model was opened", Refused(() => graph.Cut(model, 48).ToModel(1, 48, GraphCut.OutputName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfConstantsThatIsAHole_IsNotHashed()
    {
        var path = Write(StrangeGraphs.Mobile(external: "weights.bin"));
        using (var hole = File.Create(_folder.In("weights.bin")))
        {
            hole.SetLength(1L << 40); // takes no room
        }

        Assert.Contains("'weights.bin', which has more than 64 GiB", Refused(() => BaseGraph.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunThatIsSubmittedAgain_IsTheSameThoughItsFileIsGone()
    {
        var submitted = Spec(Write(StrangeGraphs.Mobile()), size: 224);
        var known = RunBases.Resolve(submitted);
        Assert.Null(RunBases.ResolveAgain(submitted, known)); // 224 is said, or nothing is
        File.Delete(_folder.In("model.onnx"));

        Assert.Equal(known, RunBases.ResolveAgain(submitted, known));
        Assert.Equal(known, RunBases.ResolveAgain(known, known));
        Assert.NotEqual(known, RunBases.ResolveAgain(With(model => model with { Pool = FeaturePooling.Cls }), known));
        Assert.NotEqual(known, RunBases.ResolveAgain(With(model => model with { BaseSha256 = new('0', 64) }), known));
        Assert.NotEqual(known, RunBases.ResolveAgain(With(model => model with { Base = _folder.In("other.onnx") }), known));
        Assert.Null(RunBases.ResolveAgain(With(model => model with { Boundary = "n/features" }), known)); // a node's name

        RunSpec With(Func<ModelSpec, ModelSpec> change) => submitted with { Model = change(submitted.Model) };
    }

    [Fact]
    public async Task Models_AreLookedAtOneAtATime()
    {
        var path = Write(StrangeGraphs.Mobile());
        await RunBases.OneAtATime.WaitAsync(TestContext.Current.CancellationToken);
        var waits = RunBases.ResolveAsync(Spec(_folder.In("later.onnx")));
        RunBases.Resolve(Spec(path)); // whoever did not wait would have found no file by now
        File.Move(path, _folder.In("later.onnx"));
        RunBases.OneAtATime.Release();

        Assert.Equal("features", (await waits).Model.Boundary);
    }

    [Theory]
    [InlineData(
        "[ErrorCode:RuntimeException] Non-zero status code returned while running Reshape node. Name:'base/windows' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == size was false. Input shape:{1,3}",
        "Reshape node 'windows': input_shape_size == size was false. Input shape:{1,3}")]
    [InlineData(
        "Exception during initialization: /a/b/cast.cc:12 void onnxruntime::Cast<float>::Do(const std::function<void(int)>&) const [with T = float; U = int] /a/c.h:9 it broke.\nTwice.",
        "it broke. Twice")]
    [InlineData("Non-zero status code returned while running Gather node. Name:'pick' Status Message: indices element out of data bounds", "Gather node 'pick': indices element out of data bounds")]
    [InlineData("ONNX Runtime refused: [ErrorCode:Fail] Fatal error: com.acme:Sparkle(-1) is not a registered function/op", "Fatal error: com.acme:Sparkle(-1) is not a registered function/op")]
    public void WhatTheRuntimeSays_IsToldWithoutItsSource(string said, string told) => Assert.Equal(told, RuntimeWords.Of(said));

    [Fact]
    public void WhatTheRuntimeSays_IsCut() => Assert.InRange(RuntimeWords.Of($"/a.h:1 {new string('x', 100_000)}").Length, 300, 303);

    public void Dispose() => _folder.Dispose();

    private static RunSpec Spec(string path, int size = 48) =>
        new() { Data = new() { Path = ".", ImageSize = size }, Model = new() { Base = path }, Output = "out", Phases = [new() { Epochs = 1 }] };

    private string Write(OnnxWriter graph)
    {
        File.WriteAllBytes(_folder.In("model.onnx"), graph.ToArray());
        return _folder.In("model.onnx");
    }

    private string Pipe(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "mkfifo makes it.");
        Process.Start("mkfifo", [_folder.In(name)]).WaitForExit();
        return _folder.In(name);
    }

    private static async Task<Errors.Problem> RefusedAsync(Action action) =>
        Assert.Single((await Assert.ThrowsAsync<Errors.InvalidInputException>(() => Task.Run(action).WaitAsync(TimeSpan.FromMinutes(1)))).Problems);

    private static Errors.Problem Refused(Action action) => Assert.Single(Assert.Throws<Errors.InvalidInputException>(action).Problems);
}
