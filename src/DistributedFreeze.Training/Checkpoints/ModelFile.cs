using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>The result of a run: the tensors that trained in it or in those that it started from, and what is needed to put them back onto their base.</summary>
internal static class ModelFile
{
    private const string Format = "distributed-freeze.model.1";
    private const string ModelHash = "modelSha256";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes the model; the file is replaced whole or not at all.</summary>
    /// <returns>The model's hash, and the length of the file in bytes.</returns>
    public static (string Sha256, long Bytes) Write(
        string path, string baseHash, ParentRun? parent, RunDefinition run, Preprocessing preprocessing, ImmutableSortedDictionary<string, Tensor> tensors)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            [ModelHash] = "",
            ["baseSha256"] = baseHash,
            ["head"] = JsonSerializer.Serialize(run.Spec.Model.Head, Json),
            ["classes"] = JsonSerializer.Serialize(run.Data.Classes, Json),
            ["imageSize"] = run.Spec.Data.ImageSize.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["preprocessing"] = RunEnums.NameOf(preprocessing),
            ["resize"] = RunEnums.NameOf(run.Spec.Data.Resize),
            ["colorProfiles"] = RunEnums.NameOf(run.Spec.Data.ColorProfiles),
        };
        if (run.Table.IsGraph)
        {
            metadata.Add("base", run.Spec.Model.BaseSha256!);
            metadata.Add("boundary", run.Spec.Model.Boundary!);
            metadata.Add("pool", RunEnums.NameOf(run.Spec.Model.Pool));
        }
        else
        {
            metadata.Add("graph", RunEnums.NameOf(run.Spec.Model.Graph));
        }

        if (!run.Table.IsGraph && run.Table.Architecture.Architecture != default)
        {
            metadata.Add("architecture", RunEnums.NameOf(run.Table.Architecture.Architecture)); // without, it is a ResNet50, as all once were
        }

        if (parent is not null)
        {
            metadata.Add("parentSha256", parent.ModelSha256);
        }

        return TensorFile.Write(path, tensors, sha256 =>
        {
            metadata[ModelHash] = sha256;
            return metadata;
        });
    }
}
