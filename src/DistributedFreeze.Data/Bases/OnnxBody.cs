using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>Nodes that live in a scope of their own: the body of a loop, a branch, or a function. Immutable.</summary>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Names">Every name that it gives itself.</param>
/// <param name="Falses">Those of them that are constants and false.</param>
/// <param name="Needs">What its nodes and outputs read, names of its own among them.</param>
internal sealed record OnnxBody(ImmutableArray<OnnxNode> Nodes, IReadOnlySet<string> Names, IReadOnlySet<string> Falses, IReadOnlyList<string> Needs)
{
    /// <summary>Reads the graph of an attribute.</summary>
    /// <param name="message">A GraphProto.</param>
    /// <param name="depth">How many graphs are around it.</param>
    /// <param name="limits">Of the whole model.</param>
    /// <exception cref="FormatException">It is damaged, too large, or holds values that lie outside the file.</exception>
    public static OnnxBody ReadGraph(ReadOnlyMemory<byte> message, int depth, OnnxLimits limits)
    {
        var body = new Builder(limits);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: body.Add(OnnxNode.Read(fields.Bytes, depth, limits)); break;
                case 5:
                    limits.Add("constants");
                    var tensor = OnnxTensor.ReadInside(fields.Bytes);
                    body.Give(tensor.Name, tensor.IsFalse);
                    break;
                case 11:
                    limits.Add("inputs");
                    body.Give(OnnxValue.Read(fields.Bytes).Name, isFalse: false);
                    break;
                case 12:
                    limits.Add("outputs");
                    body.Needs.Add(OnnxValue.Read(fields.Bytes).Name); // a branch may hand on what it captured
                    break;
                case 15:
                    limits.Add("constants");
                    body.Give(OnnxTensor.NameOfSparse(fields.Bytes), isFalse: false);
                    break;
            }
        }

        return body.ToBody();
    }

    /// <summary>Reads a function's nodes.</summary>
    /// <param name="message">A FunctionProto.</param>
    /// <param name="limits">Of the whole model.</param>
    /// <exception cref="FormatException">It is damaged, too large, or holds values that lie outside the file.</exception>
    public static OnnxBody ReadFunction(ReadOnlyMemory<byte> message, OnnxLimits limits)
    {
        var body = new Builder(limits);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 4:
                    limits.Add("inputs");
                    body.Give(fields.Text, isFalse: false);
                    break;
                case 7: body.Add(OnnxNode.Read(fields.Bytes, 0, limits)); break;
                case 11: OnnxNode.CheckAttribute(fields.Bytes, limits); break; // a value for nodes that say none
            }
        }

        return body.ToBody();
    }

    private sealed class Builder(OnnxLimits limits)
    {
        private readonly ImmutableArray<OnnxNode>.Builder _nodes = ImmutableArray.CreateBuilder<OnnxNode>();
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private readonly HashSet<string> _falses = new(StringComparer.Ordinal);

        public List<string> Needs { get; } = [];

        public void Add(OnnxNode node)
        {
            limits.Add("nodes", OnnxLimits.MostNodes);
            _nodes.Add(node);
            Needs.AddRange(node.Needs);
            foreach (var output in node.Outputs)
            {
                Give(output, node.IsFalse);
            }
        }

        public void Give(string name, bool isFalse)
        {
            _names.Add(name);
            if (isFalse)
            {
                _falses.Add(name);
            }
        }

        public OnnxBody ToBody() => new(_nodes.DrainToImmutable(), _names, _falses, Needs);
    }
}

/// <summary>A function that nodes may name in place of an operator. Immutable.</summary>
/// <param name="Message">The FunctionProto.</param>
/// <param name="Domain">Whose it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Body">What it computes.</param>
internal sealed record OnnxFunction(ReadOnlyMemory<byte> Message, string Domain, string Name, OnnxBody Body)
{
    /// <summary>Reads a function.</summary>
    /// <param name="message">A FunctionProto.</param>
    /// <param name="limits">Of the whole model.</param>
    /// <exception cref="FormatException">It is damaged, too large, or holds values that lie outside the file.</exception>
    public static OnnxFunction Read(ReadOnlyMemory<byte> message, OnnxLimits limits)
    {
        var (domain, name) = ("", "");
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            (domain, name) = fields.Number switch { 1 => (domain, fields.Text), 10 => (fields.Text, name), _ => (domain, name) };
        }

        return new(message, domain, name, OnnxBody.ReadFunction(message, limits));
    }
}
