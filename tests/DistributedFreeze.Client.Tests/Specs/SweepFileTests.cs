using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs.Sweeps;

namespace DistributedFreeze.Client.Tests.Specs;

public sealed class SweepFileTests
{
    private const string Run = """
        run:
          data: {path: photos}
          model: {head: {hidden: [16]}}
          phases:
            - {unfreeze: none, epochs: 4, learning_rate: 0.01, optimizer: {momentum: 0.5}}

        """;

    [Fact]
    public void WithoutSamples_TrialsAreEveryCombination_TheLastFieldChangingFastest()
    {
        var sweep = Build("""
            vary:
              seed: [1, 2]
              phases[0].learning_rate: {min: 0.1, max: 0.3, step: 0.1}
            """);

        Assert.Equal(
            ["1 0.1", "1 0.2", "1 0.3", "2 0.1", "2 0.2", "2 0.3"], sweep.Trials.Select(trial => string.Join(' ', trial.Values)));
        Assert.Equal((2, 0.3, 4, 0.5), (sweep.Trials[5].Spec.Seed, Rate(sweep.Trials[5]), sweep.Trials[5].Spec.Phases[0].Epochs, sweep.Trials[5].Spec.Phases[0].Optimizer.Momentum));
        Assert.EndsWith(Path.Combine("out", "trial-006"), sweep.Trials[5].Spec.Output, StringComparison.Ordinal);
        Assert.Equal((EpochMeasure.Accuracy, null), (sweep.Metric, sweep.Halving));
    }

    [Fact]
    public void TheSameInputsOfAHead_AreOneTrial_HoweverTheyAreSaid()
    {
        var sweep = Build("""
            vary:
              model.head.inputs: [[], [conv5_block3_out], [conv3_block4_out, conv4_block6_out], [conv4_block6_out, conv3_block4_out], [conv4_block6_out]]
            """);

        Assert.Equal(["[]", "[conv3_block4_out, conv4_block6_out]", "[conv4_block6_out]"], sweep.Trials.Select(trial => trial.Values[0]));
    }

    [Fact]
    public void AGroup_IsLaidOverTheFieldsThatTheRunHas()
    {
        var sweep = Build("""
            vary:
              phases[0]: [{unfreeze: none}, {unfreeze_layers: 10, learning_rate: 0.001}]
              phases[0].optimizer: [adam, {kind: sgd, momentum: 0.9}]
              model.head.hidden: [[], [8, 4]]
            """);

        var last = sweep.Trials[^1];
        Assert.Equal(8, sweep.Trials.Length);
        Assert.Equal(new FreezePolicy.LastLayers(10), last.Spec.Phases[0].Freeze);
        Assert.Equal((OptimizerKind.Sgd, 0.9, 0.001), (last.Spec.Phases[0].Optimizer.Kind, last.Spec.Phases[0].Optimizer.Momentum, Rate(last)));
        Assert.Equal([8, 4], last.Spec.Model.Head.Hidden);
        Assert.Equal(["{unfreeze_layers: 10, learning_rate: 0.001}", "{kind: sgd, momentum: 0.9}", "[8, 4]"], last.Values);
        Assert.Equal((OptimizerKind.Adam, 0.5, 0.01), (sweep.Trials[0].Spec.Phases[0].Optimizer.Kind, sweep.Trials[0].Spec.Phases[0].Optimizer.Momentum, Rate(sweep.Trials[0])));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("quasi-random")]
    public void Samples_FollowFromTheSeed_LieInTheirRanges_AndAreWholeWhereTheFieldIs(string sampling)
    {
        string Vary(int seed) => $$"""
            vary:
              phases[0].learning_rate: {min: 0.0001, max: 0.1, scale: log}
              phases[0].epochs: {min: 2, max: 6}
              label_smoothing: [0, 0.1]
            samples: 40
            sampling: {{sampling}}
            seed: {{seed}}
            """;
        var sweep = Build(Vary(5));

        Assert.Equal(40, sweep.Trials.Length);
        Assert.Equal(sweep.Key, Build(Vary(5)).Key);
        Assert.NotEqual(sweep.Key, Build(Vary(6)).Key);
        Assert.All(sweep.Trials, trial => Assert.InRange(Rate(trial), 0.0001, 0.1));
        Assert.Equal([2, 3, 4, 5, 6], sweep.Trials.Select(trial => trial.Spec.Phases[0].Epochs).Distinct().Order());
        Assert.InRange(sweep.Trials.Count(trial => Rate(trial) < 0.00316), 10, 30); // half of a logarithmic range is below its geometric mean
        Assert.InRange(sweep.Trials.Count(trial => trial.Spec.LabelSmoothing > 0), 10, 30);
    }

    [Fact]
    public void MoreSamplesThanThereAreCombinations_AreAllOfThem()
    {
        Assert.Equal(4, Build("vary: {seed: [1, 2], label_smoothing: [0, 0.1]}\nsamples: 100").Trials.Length);
        Assert.Equal(2, Build("vary: {seed: [1, 2, 1]}").Trials.Length); // the same run twice is one trial
    }

    [Theory]
    [InlineData("vary: {seed: [1]}\nsample: 3", "sample: unknown field 'sample'; did you mean samples?*line 7*")]
    [InlineData("vary:\n  phases[0].learning_rat: [1]", "vary.phases[0].learning_rat: unknown field 'phases[0].learning_rat'; did you mean phases[0].learning_rate*line 7*")]
    [InlineData("vary:\n  phases[1].epochs: [1]", "vary.phases[1].epochs: there is no such phase: the run has 1*")]
    [InlineData("vary:\n  phases[0].learning_rate: {min: 0.1, max: 1}", "vary.phases[0].learning_rate.min: begins a range*samples*line 7*")]
    [InlineData("vary:\n  phases[0].learning_rate: {min: 1, max: 0.1}\nsamples: 2", "vary.phases[0].learning_rate.max: must be above min*")]
    [InlineData("vary:\n  phases[0].learning_rate: {min: 0, max: 0.1, scale: log}\nsamples: 2", "vary.phases[0].learning_rate.min: must be above 0*")]
    [InlineData("vary:\n  phases[0].unfreeze: {min: 0, max: 1}\nsamples: 2", "vary.phases[0].unfreeze.min: *no number*")]
    [InlineData("vary: {model.weights: [a.h5, imagenet]}", "vary.model.weights: has to name files, since 'imagenet'*")]
    [InlineData("vary: {output: [a, b]}", "vary.output: is the sweep's*")]
    [InlineData("vary: {replicas: [1, 2]}", "vary.replicas: never changes a result*")]
    [InlineData("vary:\n  phases[0].learning_rate: [0.1, 1]\n  phases[0].optimizer.learning_rate: [0.2, 2]", "vary.phases[0].optimizer.learning_rate: would overwrite phases[0].learning_rate*line 8*")]
    [InlineData("vary:\n  phases[0].stage: [conv5]\n  phases[0].unfreeze: [none, all]", "vary.phases[0].unfreeze: would overwrite phases[0].stage*line 8*")]
    [InlineData("vary:\n  phases[0].optimizer.kind: [sgd]\n  phases[00].optimizer: [adam, sgd]", "vary.phases[00].optimizer: would overwrite phases[0].optimizer.kind*line 8*")]
    [InlineData("vary: {seed: 3}", "vary.seed: must be a list of values*got '3'*")]
    [InlineData("vary: {seed: []}", "vary.seed: must be a list of values*got an empty list*")]
    [InlineData("", "vary: is missing*")]
    [InlineData("vary: {seed: [1]}\nsampling: random", "sampling: *samples*")]
    [InlineData("vary: {seed: [1]}\nsamples: 0", "samples: must be from 1 to 1,000, got 0*")]
    [InlineData("vary: {seed: [1]}\nmetric: f1", "metric: must be loss, accuracy*got 'f1'*")]
    [InlineData("vary: {seed: [1]}\nhalving: {factor: 1}", "halving.factor: must be from 2 to 10, got 1*line 7*")]
    [InlineData("vary: {seed: [1]}\nhalving: {every: 1}", "halving.every: unknown field*")]
    [InlineData("vary: {seed: [1]}\nname: a b", "name: must be 1 to 40 letters*")]
    [InlineData("vary: {seed: [a]}", "vary.seed[0]: must be a whole number, got 'a'*line 6*")]
    [InlineData("vary: {batch_size: [4, -4]}", "vary.batch_size[1]: is -4, but must be*line 6*")]
    [InlineData("vary:\n  phases[0].epochs: {min: 1, max: 500, step: 1}\n  seed: [1, 2, 3]", "vary: gives 1,500 trials*")]
    public void AMistake_IsNamedWithItsPlace_BeforeAnythingStarts(string more, string expected)
    {
        var refused = Assert.Throws<InvalidInputException>(() => Build(more));

        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(expected).Replace("\\*", ".*", StringComparison.Ordinal) + "$", refused.Problems[0].ToString());
    }

    [Fact]
    public void AMistakeInTheRun_IsNamedAsInARunFile()
    {
        var refused = Assert.Throws<InvalidInputException>(() => SweepFile.Parse(new StringReader("run:\n  data: {path: x}\n  shard: 4\n  phases: [{}]\nvary: {seed: [1]}"), "s.yaml").Build("out"));

        Assert.Equal("run.shard: unknown field 'shard'; did you mean shards? (s.yaml line 3)", refused.Problems[0].ToString());
    }

    [Fact]
    public void PathsOfTheRun_CountFromTheFile()
    {
        var folder = Path.GetFullPath("somewhere");
        var sweep = SweepFile.Parse(new StringReader(Run + "vary: {seed: [1], data.path: [a, b]}"), Path.Combine(folder, "s.yaml")).Build("out");

        Assert.Equal([Path.Combine(folder, "a"), Path.Combine(folder, "b")], sweep.Trials.Select(trial => trial.Spec.Data.Path));
    }

    private static double Rate(SweepTrial trial) => trial.Spec.Phases[0].Optimizer.LearningRate;

    private static Sweep Build(string more) => SweepFile.Parse(new StringReader(Run + more), "s.yaml").Build("out");
}
