using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Training.Native;

try
{
    // Before the silo joins: a run's device thread would find out too late.
    LibTorch.EnsureLoaded();
}
catch (LibTorchException broken)
{
    await Console.Error.WriteLineAsync($"error: {broken.Message.ReplaceLineEndings(" ")}");
    return 1;
}

await using var silo = SiloHost.Build(args);
await silo.RunAsync();
return 0;
