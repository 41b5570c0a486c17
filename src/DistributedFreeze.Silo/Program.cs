using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Training.Native;
using Microsoft.Extensions.Options;

try
{
    // Before the silo joins: a run's device thread would find out too late.
    LibTorch.EnsureLoaded();
    await using var silo = SiloHost.Build(args);
    await silo.RunAsync();
    return 0;
}
catch (OptionsValidationException invalid)
{
    foreach (var failure in invalid.Failures)
    {
        await SayAsync(failure);
    }

    return 2;
}
catch (LibTorchException broken)
{
    await SayAsync(broken.Message);
    return 1;
}
catch (Exception reason)
{
    // A port that is taken, a Redis that is away: the log has the rest.
    await SayAsync($"the silo ended: {StartFailure.Words(reason)}");
    return 1;
}

static Task SayAsync(string message) => Console.Error.WriteLineAsync($"error: {message.ReplaceLineEndings(" ")}");
