using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>The one form of what a head reads (<see cref="HeadSpec.Inputs"/>), so that what is the same network compares as the same. Pure and thread-safe.</summary>
public static class HeadInputs
{
    private const string Block = "conv";

    /// <summary>A network whose head names its inputs in the network's order, and names none where it reads the last layer alone, as it would anyway.</summary>
    /// <param name="model">A run's; names that no ResNet has stay where they are.</param>
    /// <returns>The same network, to the bit.</returns>
    public static ModelSpec Ordered(ModelSpec model)
    {
        if (model is not { Base: null, Head.Inputs: { } names } || (!names.IsDefault && names.Any(name => name is null)))
        {
            return model;
        }

        ImmutableArray<string> ordered = names.IsDefault ? [] : [.. names.OrderBy(Stage, StringComparer.Ordinal).ThenBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)];
        return ordered.IsEmpty || (ordered is [var only] && only == LastOf(model.Architecture)) ? model with { Head = model.Head with { Inputs = null } }
            : ordered.SequenceEqual(names) ? model
            : model with { Head = model.Head with { Inputs = ordered } };
    }

    /// <summary>The stem comes before all blocks, whose stages count from <c>conv2</c>; a stage's tenth block has the longer name.</summary>
    private static string Stage(string name) => name.StartsWith(Block, StringComparison.Ordinal) && name.IndexOf('_') is > 0 and var end ? name[..end] : "";

    private static string LastOf(ModelArchitecture architecture) => architecture == ModelArchitecture.ResNet18 ? "conv5_block2_out" : "conv5_block3_out";
}
