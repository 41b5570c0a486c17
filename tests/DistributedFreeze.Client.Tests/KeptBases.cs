using System.Runtime.CompilerServices;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Client.Tests;

/// <summary>Commands that run in this process have the same random base, one after another.</summary>
internal static class KeptBases
{
    [ModuleInitializer]
    internal static void Keep() => DrawnBases.Unused = 2;
}
