using DistributedFreeze.Hostile.Fuzzing;
using DistributedFreeze.HostileTests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// dotnet run -c Release --project tests/DistributedFreeze.HostileTests -- --fuzz N [--seed S] [--only NAME] [--kept FOLDER]
// dotnet run -c Release --project tests/DistributedFreeze.HostileTests -- --replay FILE --only NAME
if (FuzzCommand.IsCommand(args))
{
    return FuzzCommand.Run(args);
}

// What the runner's own entry point does.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
