using System.Text;
using DistributedFreeze.Inference;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>What a model in ONNX says beside its graph: an input is a line for each entry, its name before the first <c>=</c>.</summary>
internal sealed class OnnxMetadataTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "onnx-metadata";

    public override int Inputs => 1_000;

    public override bool IsText => true;

    public override bool IsNative => true;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "classes=[\"a\",\"b\"]\nresize=crop\ncolorProfiles=ignore\nmaxPixels=1000\nmodelSha256=0123"u8.ToArray(),
        "classes=[\"\\u00e9\",\"b \\u001b[2J\"]\nresize=imagenet"u8.ToArray(),
    ];

    public override IEnumerable<byte[]> Words() =>
        ((string[])["\n", "=", "null", "[]", "[[\"a\"],\"b\"]", "{}", "\\ud800", "\\", "\"", ",null", "-1", "99999999999999999999", "classes=", "resize=", "apply", "stretch", "maxPixels=", "\0"])
        .Select(Encoding.UTF8.GetBytes);

    public override void Read(byte[] input)
    {
        var entries = Encoding.UTF8.GetString(input).Split('\n').Select(line => line.Split('=', 2)).Where(entry => entry.Length == 2).DistinctBy(entry => entry[0])
            .ToDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);
        var model = OnnxTarget.Model(entries.GetValueOrDefault(ClassifierModel.ClassesKey, ""), entries.GetValueOrDefault(ClassifierModel.ResizeKey, ""));
        foreach (var (key, value) in entries.Where(entry => entry.Key is not (ClassifierModel.ClassesKey or ClassifierModel.ResizeKey)))
        {
            model.AddMetadata(key, value);
        }

        using var classifier = ImageClassifier.Of(model.ToArray(), "model");
        _ = classifier.Classes.Sum(name => name.Length);
    }
}
