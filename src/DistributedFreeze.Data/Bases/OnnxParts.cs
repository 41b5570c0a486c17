namespace DistributedFreeze.Data.Bases;

/// <summary>Pieces of an ONNX graph that are added to another's.</summary>
/// <remarks>Field numbers are those of onnx/onnx.proto (NodeProto, AttributeProto, ValueInfoProto). Pure and thread-safe.</remarks>
internal static class OnnxParts
{
    private const int IntType = 2;
    private const int IntsType = 7;

    /// <summary>A node of ONNX's own operators.</summary>
    public static ProtoWriter Node(string operation, ReadOnlySpan<string> inputs, string output, ProtoWriter? attribute = null)
    {
        var node = new ProtoWriter();
        foreach (var input in inputs)
        {
            node.Add(1, input);
        }

        node.Add(2, output).Add(3, output).Add(4, operation);
        return attribute is null ? node : node.Add(5, attribute);
    }

    /// <summary>A whole number for a node.</summary>
    public static ProtoWriter Whole(string name, long value) => new ProtoWriter().Add(1, name).Add(3, value).Add(20, IntType);

    /// <summary>Whole numbers for a node.</summary>
    public static ProtoWriter Wholes(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new ProtoWriter().Add(1, name).Add(20, IntsType);
        foreach (var value in values)
        {
            attribute.Add(8, value);
        }

        return attribute;
    }

    /// <summary>An input or output; without a shape where none is given.</summary>
    public static ProtoWriter Value(string name, int type, params ReadOnlySpan<long> shape)
    {
        var tensor = new ProtoWriter().Add(1, type);
        if (!shape.IsEmpty)
        {
            var sizes = new ProtoWriter();
            foreach (var size in shape)
            {
                sizes.Add(1, new ProtoWriter().Add(1, size));
            }

            tensor.Add(2, sizes);
        }

        return new ProtoWriter().Add(1, name).Add(2, new ProtoWriter().Add(1, tensor));
    }
}

/// <summary>A constant to be written into a model.</summary>
/// <param name="Length">Bytes of its TensorProto.</param>
/// <param name="Write">Writes them.</param>
internal sealed record OnnxConstant(long Length, Action<Stream> Write)
{
    /// <summary>A constant of a model, under its name with the prefix; numbers that lie in another file are taken in.</summary>
    /// <exception cref="Errors.InvalidInputException">The other file is missing, not allowed or too short.</exception>
    public static OnnxConstant Of(OnnxFile file, OnnxTensor tensor)
    {
        if (tensor.External is not { Location: var location })
        {
            var message = OnnxRename.Tensor(tensor.Message).ToArray();
            return new(message.Length, stream => stream.Write(message));
        }

        long length;
        using (var external = file.OpenExternal(location))
        {
            length = external.LengthOf(tensor);
        }

        var head = OnnxRename.Tensor(tensor.Message, withoutPlace: true).Head(9, length).ToArray(); // raw_data
        return new(head.Length + length, stream =>
        {
            stream.Write(head);
            using var external = file.OpenExternal(location);
            external.Copy(tensor, stream, file.ExternalBlocks[location]);
        });
    }

    /// <summary>A list of whole numbers.</summary>
    public static OnnxConstant OfWholes(string name, params ReadOnlySpan<long> values)
    {
        var message = new ProtoWriter().Add(1, values.Length).Add(2, OnnxTypes.Whole).Add(8, name).Add(9, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values)).ToArray();
        return new(message.Length, stream => stream.Write(message));
    }
}
