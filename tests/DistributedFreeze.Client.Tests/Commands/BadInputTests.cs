namespace DistributedFreeze.Client.Tests.Commands;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("pln", "pln: unknown command 'pln'; did you mean plan?")]
    [InlineData("quit", "quit: unknown command 'quit'; there are plan, advise, sweep, lr-find, train, crossval, submit, watch, runs, show, logs, pause, resume, cancel, delete, download, devices, context, export, predict, serve, evaluate, compare, verify, demo, doctor, data, cache, weights, base, schema, completion, manual")]
    [InlineData("", "dfreeze: a command is missing; there are plan, advise, sweep, lr-find, train, crossval, submit, watch, runs, show, logs, pause, resume, cancel, delete, download, devices, context, export, predict, serve, evaluate, compare, verify, demo, doctor, data, cache, weights, base, schema, completion, manual, and dfreeze --help says more")]
    [InlineData("--versoin", "--versoin: unknown option '--versoin'; did you mean --version?")]
    [InlineData("plan --classes 4 --bach 30", "--bach: unknown option '--bach'; did you mean --batch, --base, --cache?")]
    [InlineData("plan --classes 4 --bach=30", "--bach: unknown option '--bach'; did you mean --batch, --base, --cache?")]
    [InlineData("plan --classes 4 here", "here: nothing is expected here; the options of plan begin with --")]
    [InlineData("plan --classes", "--classes: needs a value")]
    [InlineData("plan --classes 4 --classes 5", "--classes: is given more than once")]
    [InlineData("plan --classes four", "--classes: must be a whole number, got 'four'")]
    [InlineData("plan --classes 1", "--classes: is 1, but must be a whole number from 2 to 2147483647")]
    [InlineData("plan --classes 4 --lr 0,1", "--lr: must be a number, got '0,1'")]
    [InlineData("plan --classes 4 --head 256,wide", "--head: must be a whole number, got 'wide'")]
    [InlineData("plan --classes 4 --head 0", "--head: is 0, but must be a whole number from 1 to 65536")]
    [InlineData("plan --classes 4 --graph resnet", "--graph: must be keras-v1 or torchvision-v1.5, got 'resnet'")]
    [InlineData("plan --classes 4 --batch 30", "--batch: is 30, but must be a multiple of --shards, which is 4: 28 or 32 would do")]
    [InlineData("plan --classes 4 --shards 5", "--batch: is 32, but must be a multiple of --shards, which is 5: 30 or 35 would do")]
    [InlineData("plan --classes 4 --unfreeze-layers 176", "--unfreeze-layers: is 176 layers, but must be 0 (the head alone) to 175 (every layer of the base)")]
    [InlineData("plan --classes 4 --unfreeze-all --unfreeze-layers 3", "--unfreeze-all: cannot stand beside --unfreeze-layers; a phase says once which layers train")]
    [InlineData("plan --classes 4 --phase 2", "--phase: must be 1, the only phase, got '2'")]
    [InlineData("plan", "--classes: is missing; give the number of classes, or --data with a folder of class folders to count")]
    [InlineData("plan --data no/such/folder", "--classes: is missing; give the number of classes, since there is no folder 'no/such/folder' to count classes in")]
    [InlineData("plan -f no-such.yaml", "no-such.yaml: there is no such file")]
    [InlineData("train --output out", "--data: is missing; give a folder of images")]
    [InlineData("train --data images", "--output: is missing; give a folder for the model and the receipt")]
    [InlineData("submit --data images --output out", "--cluster: is missing; give HOST:PORT of a silo's gateway, set DFREEZE_CLUSTER, or name a cluster once with dfreeze context add")]
    [InlineData("submit --cluster here --data images --output out", "--cluster: must be HOST:PORT, got 'here'")]
    [InlineData("watch --cluster 127.0.0.1:1", "RUN: is missing; give the id of a run, such as dfreeze runs lists")]
    [InlineData("runs --cluster 127.0.0.1:1 --take 0", "--take: must be a whole number from 1 to 1000, got '0'")]
    [InlineData("demo --replicas two", "--replicas: must be a whole number from 1 to 8, got 'two'")]
    public async Task ABadCommandLine_EndsWithOneLineAndExitCode2(string line, string error)
    {
        var run = await CommandRun.OfAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal($"error: {error}", Assert.Single(run.ErrorLines));
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task AnUnknownLayer_ShowsNearNames()
    {
        var run = await CommandRun.OfAsync("plan", "--classes", "4", "--unfreeze-from", "conv5_blok1_1_conv");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(
            "error: --unfreeze-from: unknown layer 'conv5_blok1_1_conv'; did you mean conv5_block1_1_conv",
            Assert.Single(run.ErrorLines),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralProblems_AreSaidAtOnce()
    {
        var run = await CommandRun.OfAsync("train", "--epochs", "x", "--optimizer", "adm", "--image-size", "big");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            ["--data", "--image-size", "--epochs", "--optimizer", "--output"],
            run.ErrorLines.Select(line => line.Split(": ")[1]));
    }
}
