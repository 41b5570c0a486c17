using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Options;

/// <summary>The options by which a command is told of a network.</summary>
internal static class NetworkOptions
{
    /// <summary>Those that a run needs beside its weights.</summary>
    /// <param name="table">The network.</param>
    /// <returns>Such as <c> --model resnet101 --graph torchvision-v1.5</c>, with a space before each; nothing for what is the default.</returns>
    public static string Of(LayerTable table)
    {
        var usual = new ModelSpec();
        var architecture = table.Architecture.Architecture;
        return (architecture == usual.Architecture ? "" : $" --model {RunEnums.NameOf(architecture)}")
            + (table.Graph == usual.Graph ? "" : $" --graph {RunEnums.NameOf(table.Graph)}");
    }
}
