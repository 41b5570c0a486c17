using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>A node of an ONNX graph: an operator, what it reads and what it makes.</summary>
/// <remarks>Field numbers are those of github.com/onnx/onnx, onnx/onnx.proto (NodeProto, AttributeProto, GraphProto). Immutable.</remarks>
internal sealed class OnnxNode
{
    /// <summary>Graphs within graphs: far deeper than any loop of a network for images.</summary>
    private const int MostDepth = 16;

    private const string AllNames = "names that nodes read and make";

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

    /// <summary>Graphs within it: the body of a loop, the branches of an <c>If</c>.</summary>
    public ImmutableArray<OnnxBody> Bodies { get; private set; } = [];

    /// <summary>Whether its attribute <c>training_mode</c> is not 0, or is what a function's caller says.</summary>
    public bool SaysTraining { get; private set; }

    /// <summary>Whether it is a constant, and false.</summary>
    public bool IsFalse { get; private set; }

    /// <summary>Reads a node.</summary>
    /// <param name="message">A NodeProto.</param>
    /// <param name="depth">How many graphs are around it.</param>
    /// <param name="limits">Of the whole model.</param>
    /// <exception cref="FormatException">It is damaged, too large, or holds values that lie outside the file.</exception>
    public static OnnxNode Read(ReadOnlyMemory<byte> message, int depth, OnnxLimits limits)
    {
        if (depth > MostDepth)
        {
            throw new FormatException($"it has graphs within graphs, more than {MostDepth} deep");
        }

        var node = new OnnxNode(message);
        var (inputs, outputs) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        var bodies = ImmutableArray.CreateBuilder<OnnxBody>();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1 or 2:
                    limits.Add(AllNames, OnnxLimits.MostNames);
                    var names = fields.Number == 1 ? inputs : outputs;
                    names.Add(fields.Text);
                    OnnxLimits.Require(names.Count, "names that one node reads or makes");
                    break;
                case 3: node.Name = fields.Text; break;
                case 4: node.Operator = fields.Text; break;
                case 5: node.ReadAttribute(fields.Bytes, bodies, depth, limits); break;
                case 7: node.Domain = fields.Text; break;
            }
        }

        (node.Inputs, node.Outputs, node.Bodies) = (inputs.DrainToImmutable(), outputs.DrainToImmutable(), bodies.DrainToImmutable());
        node.Captured = [.. node.Bodies.SelectMany(body => body.Needs.Where(name => !body.Names.Contains(name))).Distinct(StringComparer.Ordinal)];
        limits.Add(AllNames, OnnxLimits.MostNames, node.Captured.Length);
        node.IsFalse &= node is { Operator: "Constant", IsStandard: true };
        return node;
    }

    /// <summary>Makes sure that an attribute which is no node's own has its values in the file.</summary>
    /// <param name="message">An AttributeProto.</param>
    /// <param name="limits">Of the whole model.</param>
    /// <exception cref="FormatException">It is damaged, too large, or has not.</exception>
    public static void CheckAttribute(ReadOnlyMemory<byte> message, OnnxLimits limits) =>
        new OnnxNode(default).ReadAttribute(message, ImmutableArray.CreateBuilder<OnnxBody>(), 0, limits);

    private void ReadAttribute(ReadOnlyMemory<byte> message, ImmutableArray<OnnxBody>.Builder bodies, int depth, OnnxLimits limits)
    {
        var (name, isNotZero) = ("", false);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: name = fields.Text; break;
                case 3: isNotZero |= fields.Value != 0; break; // i
                case 5 or 10: // t, tensors
                    var tensor = OnnxTensor.ReadInside(fields.Bytes);
                    OwnWeights += tensor.IsWeight ? Math.Min(tensor.Elements, int.MaxValue) : 0;
                    IsFalse = tensor.IsFalse;
                    break;
                case 6 or 11: // g, graphs
                    limits.Add("graphs within graphs");
                    bodies.Add(OnnxBody.ReadGraph(fields.Bytes, depth + 1, limits));
                    break;
                case 21: isNotZero |= !fields.Bytes.IsEmpty; break; // ref_attr_name: what the function's caller says
                case 22 or 23: OnnxTensor.NameOfSparse(fields.Bytes); break; // sparse_tensor, sparse_tensors
            }
        }

        SaysTraining |= isNotZero && name == "training_mode";
    }
}
