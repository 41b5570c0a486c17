using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Cli.Demo;

/// <summary>What <c>dfreeze demo</c> was asked to do.</summary>
/// <param name="Output">Folder that receives the drawn images, the model and the receipt.</param>
/// <param name="Seed">Seed of the drawing, of the weights and of the run.</param>
/// <param name="Replicas">Replicas to train on, 1 to 8.</param>
/// <param name="Device">What it trains on.</param>
/// <param name="Json">Whether the output is to be one JSON object and nothing else.</param>
/// <param name="Console">Where to write; it knows whether a person watches.</param>
internal sealed record DemoRequest(string Output, int Seed, int Replicas, DeviceChoice Device, bool Json, CommandConsole Console);
