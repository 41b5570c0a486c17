using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>The options that say what an ONNX model takes and gives.</summary>
internal sealed class OnnxFormOptions
{
    private readonly Option<bool> _logits = new("--logits") { Description = "Give logits in place of probabilities" };
    private readonly Option<bool> _features = new("--features") { Description = "Give the pooled features as a second output" };
    private readonly Option<bool> _preprocessed = new("--preprocessed") { Description = "Take images that are preprocessed already, N x 3 x height x width floats, in place of pixels" };

    public IEnumerable<Option> Options => [_logits, _features, _preprocessed];

    public OnnxForm Of(ParseResult parsed) =>
        new() { Logits = parsed.GetValue(_logits), Features = parsed.GetValue(_features), Preprocessed = parsed.GetValue(_preprocessed) };

    /// <summary>The name of a file of that form beside a run; only what other commands take for the run's own model has the name that they look for.</summary>
    /// <param name="form">The form.</param>
    /// <param name="isInt8">Whether it computes in 8 bits.</param>
    public static string NameOf(OnnxForm form, bool isInt8) =>
        $"model{(isInt8 ? "-int8" : "")}{(form.Logits ? "-logits" : "")}{(form.Preprocessed ? "-preprocessed" : "")}.onnx";

    /// <exception cref="InvalidInputException">One of them is given to another format.</exception>
    public void RequireNone(ParseResult parsed, string format)
    {
        if (((Option<bool>[])[_logits, _features, _preprocessed]).FirstOrDefault(option => parsed.GetValue(option)) is { } given)
        {
            throw new InvalidInputException(given.Name, $"is for --format {ExportFormat.Onnx.Name}: {format} holds tensors alone, and its network takes and gives what it always does");
        }
    }

    /// <summary>What a person needs to know to use a model, a line each.</summary>
    public static IEnumerable<string> Use(TrainedNetwork network, OnnxForm form)
    {
        var (images, size) = (network.ImagesAtATime is { } number ? number.ToString(CultureInfo.InvariantCulture) : "N", network.Spec.Data.ImageSize);
        yield return form.Preprocessed
            ? $"{OnnxModel.PreprocessedName,-13}  {images} x 3 x {size} x {size} floats, preprocessing {Runs.RunEnums.NameOf(network.Preprocessing)}"
            : $"{ClassifierModel.InputName,-13}  {images} x {size} x {size} x 3 bytes: red, green, blue";
        yield return $"{(form.Logits ? OnnxModel.LogitsName : ClassifierModel.OutputName),-13}  {images} x {network.Receipt.Classes.Length} floats: {string.Join(", ", network.Receipt.Classes)}";
        if (form.Features)
        {
            yield return $"{OnnxModel.FeaturesName,-13}  {images} x {network.Table.PooledFeatures} floats";
        }

        if (form.Logits || form.Preprocessed)
        {
            yield return "predict, evaluate and serve take a model that takes pixels and gives probabilities, not this one";
        }
    }
}
