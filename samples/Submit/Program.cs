using System;
using DistributedFreeze.Client;
using DistributedFreeze.Runs;

var spec = new RunSpec
{
    Data = new() { Path = "photos" }, // where the silos see it: below one of their DataRoots
    Model = new() { Weights = "resnet50_keras.h5" },
    Phases = [new() { Epochs = 15 }], // the head alone
    Output = "photos-1",
};

await using var cluster = await ClusterConnection.ConnectAsync(new() { Gateways = ["127.0.0.1:30000"] });
var client = cluster.Client;

var plan = await client.PlanAsync(spec); // finds the data, starts nothing
Console.WriteLine($"{plan.TrainImages} images, {plan.Phases[0].TrainableParameters} parameters train");

var runId = await client.SubmitAsync(spec, priority: 5);
await foreach (var happened in client.WatchAsync(runId)) // across broken connections and lost silos, each event once
{
    Console.WriteLine(RunEventText.Line(happened));
}

await client.DownloadAsync(runId, "model.safetensors", "model.safetensors");
