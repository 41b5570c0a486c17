using System.Text;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Onnx;
using SkiaSharp;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A model in ONNX, as <c>predict</c> opens and runs it.</summary>
internal sealed class OnnxTarget : FuzzTarget
{
    private readonly string _image;

    public OnnxTarget(string folder)
        : base(folder)
    {
        _image = In("image.png");
        File.WriteAllBytes(_image, EncodedImages.Corners(SKEncodedImageFormat.Png));
    }

    public override string Name => "onnx";

    public override int Inputs => 1_000;

    public override bool IsNative => true;

    protected override string Ending => ".onnx";

    public override IEnumerable<byte[]> Seeds() => [Model("""["a","b"]""").ToArray()];

    public override IEnumerable<byte[]> Words() =>
        ((string[])["images", "probabilities", "Cast", "Gemm", "Loop", "If", "Scan", "ConstantOfShape", "Expand", "Tile", "Range", "Resize", "Pad", "weights", "classes", "resize", "stretch", "location", "external", "ai.onnx.ml"])
        .Select(Encoding.ASCII.GetBytes);

    /// <summary>Mostly field by field, since a length that is wrong ends at the parser.</summary>
    public override byte[] Mutate(Mutator mutator, byte[] input, byte[] other)
    {
        if (ProtoPiece.Parse(input) is not { Count: > 0 } message || mutator.Random.Next(8) == 0)
        {
            return base.Mutate(mutator, input, other);
        }

        for (var changes = mutator.Random.Next(1, 4); changes > 0; changes--)
        {
            ProtoPiece.Change(message, ProtoPiece.Parse(other) ?? [], mutator);
        }

        return ProtoPiece.Write(message);
    }

    public override bool Documents(Exception exception) => base.Documents(exception) || exception is InferenceException;

    public override void Read(byte[] input)
    {
        using var classifier = ImageClassifier.Open(Path);
        _ = classifier.Classes.Sum(name => name.Length);
        classifier.Classify(_image);
    }

    /// <summary>A model of the form that <c>export</c> writes, without a network in it.</summary>
    internal static OnnxGraph Model(string classes, string resize = "stretch")
    {
        var graph = new OnnxGraph("g");
        graph.AddInput(ClassifierModel.InputName, OnnxType.Byte, OnnxGraph.AnyNumber, 32, 32, 3);
        graph.AddNode("Cast", [ClassifierModel.InputName], "floats", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["floats"], "planes", new OnnxSetting("perm", 0, 3, 1, 2));
        graph.AddNode("GlobalAveragePool", ["planes"], "means");
        graph.AddNode("Flatten", ["means"], "pooled");
        graph.AddConstant("weights", [3, 2], values => values.Fill(1));
        graph.AddNode("MatMul", ["pooled", "weights"], ClassifierModel.OutputName);
        graph.AddOutput(ClassifierModel.OutputName, OnnxGraph.AnyNumber, 2);
        graph.AddMetadata(ClassifierModel.ClassesKey, classes);
        graph.AddMetadata(ClassifierModel.ResizeKey, resize);
        return graph;
    }
}
