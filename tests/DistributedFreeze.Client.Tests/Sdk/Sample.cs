using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What the README shows of the client.</summary>
internal static class Sample
{
    public static async Task RunAsync(string gateway, RunSpec spec, string folder)
    {
        // sample
        await using var cluster = await ClusterConnection.ConnectAsync(new() { Gateways = [gateway] });
        var client = cluster.Client;

        var plan = await client.PlanAsync(spec); // finds the data, starts nothing
        Console.WriteLine($"{plan.TrainImages} images, {plan.Phases[0].TrainableParameters} parameters train");

        var runId = await client.SubmitAsync(spec, priority: 5);
        await foreach (var happened in client.WatchAsync(runId)) // across broken connections and lost silos, each event once
        {
            Console.WriteLine(RunEventText.Line(happened));
        }

        await client.DownloadAsync(runId, "model.safetensors", Path.Combine(folder, "model.safetensors"));
        // end of sample
    }
}
