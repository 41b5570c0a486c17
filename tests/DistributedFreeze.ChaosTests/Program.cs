using DistributedFreeze.Chaos.Commands;
using DistributedFreeze.ChaosTests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// dotnet run -c Release --project tests/DistributedFreeze.ChaosTests -- --random N [--seed S] [--kinds KIND,KIND] [--logs FOLDER]
// dotnet run -c Release --project tests/DistributedFreeze.ChaosTests -- --replay KIND:SEED [--logs FOLDER]
// dotnet run -c Release --project tests/DistributedFreeze.ChaosTests -- --goodput [--silos N] [--every SECONDS] [--seconds N] [--rounds N] [--seed S] [--logs FOLDER]
if (Command.IsCommand(args))
{
    return await Command.RunAsync(args);
}

// What the runner's own entry point does.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
