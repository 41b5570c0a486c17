using System.Runtime.InteropServices;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using Microsoft.Extensions.Options;

if (SiloArguments.Answer(args, SiloVersion.Current) is { } answer)
{
    await Console.Out.WriteLineAsync(answer);
    return SiloExitCode.Asked;
}

if (SiloArguments.Problem(args) is { } problem)
{
    await SayAsync(problem);
    return SiloExitCode.BadSetting;
}

// From the first moment: the host takes signals only once it starts.
using var asked = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndAsAsked);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndAsAsked);
WebApplication? silo = null;
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, ReadAgain);
ILoggerProvider[] logs = [];
var exitCode = SiloExitCode.NotStarted;
try
{
    silo = SiloHost.Build(args);
    var options = silo.Services.GetRequiredService<SiloOptions>();
    if (DeviceDiscovery.NeedsLibTorch(options.CpuSlots))
    {
        LibTorch.EnsureLoaded(options.LibTorchPath, $"{SiloOptions.Section}:{nameof(SiloOptions.LibTorchPath)}"); // before the silo joins: a run's device thread would find out too late
    }

    logs = [.. silo.Services.GetServices<ILoggerProvider>()];
    exitCode = asked.IsCancellationRequested ? SiloExitCode.Asked : await new SiloLife(silo, asked.Token).RunAsync();
}
catch (OptionsValidationException invalid)
{
    exitCode = SiloExitCode.BadSetting;
    foreach (var failure in invalid.Failures)
    {
        await SayAsync(failure);
    }
}
catch (LibTorchException broken)
{
    await SayAsync(broken.Message);
}
catch (StoreAwayException away)
{
    await SayAsync($"{StoreName.Of(silo!.Services.GetRequiredService<SiloOptions>())} does not answer: {away.Message}. Is it started, and can it be reached from here?");
}
catch (Exception reason)
{
    // A port that is taken, a cluster that cannot be joined: the log has the rest.
    await SayAsync($"the silo ended: {StartFailure.Words(reason)}");
}

// Not by returning: what is left of a start or an end that was cut short may wait for minutes.
ProcessEnd.Now(exitCode, logs);
return exitCode;

void EndAsAsked(PosixSignalContext signal)
{
    signal.Cancel = true;
    asked.Cancel();
}

void ReadAgain(PosixSignalContext signal)
{
    signal.Cancel = true; // it would end the process
    if (silo is { } started)
    {
        SiloReload.Of(started);
    }
}

static Task SayAsync(string message) => Console.Error.WriteLineAsync($"error: {message.ReplaceLineEndings(" ")}");
