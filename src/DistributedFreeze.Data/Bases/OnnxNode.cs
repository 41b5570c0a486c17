using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>A node of an ONNX graph: an operator, what it reads and what it makes.</summary>
/// <remarks>Field numbers are those of github.com/onnx/onnx, onnx/onnx.proto (NodeProto, AttributeProto, GraphProto). Immutable.</remarks>
internal sealed class OnnxNode
{
    /// <summary>Graphs within graphs: far deeper than any loop of a network for images.</summary>
    private const int MostDepth = 16;

    private OnnxNode(ReadOnlyMemory<byte> message) => Message = message;

    /// <summary>The node as it stands in the file.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <summary>Its name; often empty.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Its operator, such as <c>Conv</c>.</summary>
    public string Operator { get; private set; } = "";

    /// <summary>Whose operator it is; empty for ONNX's own.</summary>
    public string Domain { get; private set; } = "";

    /// <summary>What it reads, in the operator's order; an empty name is an input that is left out.</summary>
    public ImmutableArray<string> Inputs { get; private set; } = [];

    /// <summary>What it makes, in the operator's order; an empty name is an output that nobody wants.</summary>
    public ImmutableArray<string> Outputs { get; private set; } = [];

    /// <summary>What graphs within it, such as a loop's body, read of the graph around them.</summary>
    public ImmutableArray<string> Captured { get; private set; } = [];

    /// <summary>Numbers of the weights that it holds itself, as <c>Constant</c> does.</summary>
    public long OwnWeights { get; private set; }

    /// <summary>Whether it is an operator of ONNX's own set.</summary>
    public bool IsStandard => Domain is "" or "ai.onnx";

    /// <summary>Everything that has to be there before it.</summary>
    public IEnumerable<string> Needs => Inputs.Concat(Captured).Where(name => name.Length > 0);

    /// <summary>Reads a node.</summary>
    /// <param name="message">A NodeProto.</param>
    /// <exception cref="FormatException">It is damaged, or holds values that lie outside the file.</exception>
    public static OnnxNode Read(ReadOnlyMemory<byte> message) => Read(message, depth: 0);

    private static OnnxNode Read(ReadOnlyMemory<byte> message, int depth)
    {
        if (depth > MostDepth)
        {
            throw new FormatException($"it has graphs within graphs, more than {MostDepth} deep");
        }

        var node = new OnnxNode(message);
        var (inputs, outputs) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        var captured = new HashSet<string>(StringComparer.Ordinal);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: inputs.Add(fields.Text); break;
                case 2: outputs.Add(fields.Text); break;
                case 3: node.Name = fields.Text; break;
                case 4: node.Operator = fields.Text; break;
                case 5: node.ReadAttribute(fields.Bytes, captured, depth); break;
                case 7: node.Domain = fields.Text; break;
            }
        }

        (node.Inputs, node.Outputs, node.Captured) = (inputs.DrainToImmutable(), outputs.DrainToImmutable(), [.. captured]);
        return node;
    }

    private void ReadAttribute(ReadOnlyMemory<byte> message, HashSet<string> captured, int depth)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 5 or 10: // t, tensors
                    var tensor = RequireInside(fields.Bytes);
                    OwnWeights += tensor.IsWeight ? Math.Min(tensor.Elements, int.MaxValue) : 0;
                    break;
                case 6 or 11: ReadGraph(fields.Bytes, captured, depth + 1); break; // g, graphs
            }
        }
    }

    private static void ReadGraph(ReadOnlyMemory<byte> message, HashSet<string> captured, int depth)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        var needed = new List<string>();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1:
                    var node = Read(fields.Bytes, depth);
                    needed.AddRange(node.Needs);
                    own.UnionWith(node.Outputs);
                    break;
                case 5:
                    RequireInside(fields.Bytes);
                    own.Add(OnnxTensor.Read(fields.Bytes).Name);
                    break;
                case 11:
                    own.Add(OnnxValue.Read(fields.Bytes).Name);
                    break;
                case 12:
                    needed.Add(OnnxValue.Read(fields.Bytes).Name); // a branch may hand on what it captured
                    break;
            }
        }

        captured.UnionWith(needed.Where(name => !own.Contains(name)));
    }

    private static OnnxTensor RequireInside(ReadOnlyMemory<byte> tensor) => OnnxTensor.Read(tensor) is { External: null } inside
        ? inside
        : throw new FormatException("a value within a node lies outside the file; only the graph's own constants may");
}
