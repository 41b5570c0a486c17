using DistributedFreeze.Chaos.Commands;
using DistributedFreeze.ChaosTests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// dotnet run -c Release --project tests/DistributedFreeze.ChaosTests -- --random N [--seed S] [--kinds KIND,KIND] [--logs FOLDER]
// dotnet run -c Release --project tests/DistributedFreeze.ChaosTests -- --replay KIND:SEED [--logs FOLDER]
if (args is ["--random" or "--replay", ..])
{
    return await ChaosCommand.RunAsync(args);
}

// What the runner's own entry point does.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
