namespace DistributedFreeze.Data.Bases;

/// <summary>Puts a prefix before every name of a graph, so that what is added to the graph can have names of its own.</summary>
/// <remarks>Names within graphs of loops and branches get it, too: they live in the same scope. Pure and thread-safe.</remarks>
internal static class OnnxRename
{
    /// <summary>What stands before every name.</summary>
    public const string Prefix = "base/";

    /// <summary>A name with the prefix; an empty one stays empty, since it stands for nothing.</summary>
    public static string Of(string name) => name.Length == 0 ? "" : Prefix + name;

    /// <summary>A NodeProto with other names.</summary>
    public static ProtoWriter Node(ReadOnlyMemory<byte> message) => Rewrite(message, (in ProtoReader field, ProtoWriter to) => field.Number switch
    {
        1 or 2 or 3 => to.Add(field.Number, Of(field.Text)),
        5 => to.Add(5, Attribute(field.Bytes)),
        6 => to, // a comment
        _ => to.Copy(field),
    });

    /// <summary>A TensorProto with another name; its numbers are left out where they are given elsewhere.</summary>
    /// <param name="message">The tensor.</param>
    /// <param name="withoutPlace">Whether it no longer says that its numbers lie in another file.</param>
    public static ProtoWriter Tensor(ReadOnlyMemory<byte> message, bool withoutPlace = false) => Rewrite(message, (in ProtoReader field, ProtoWriter to) => field.Number switch
    {
        8 => to.Add(8, Of(field.Text)),
        12 => to, // a comment
        13 or 14 when withoutPlace => to,
        _ => to.Copy(field),
    });

    /// <summary>A SparseTensorProto with another name.</summary>
    public static ProtoWriter SparseTensor(ReadOnlyMemory<byte> message) => Rewrite(message, (in ProtoReader field, ProtoWriter to) =>
        field.Number == 1 ? to.Add(1, Tensor(field.Bytes)) : to.Copy(field));

    private static ProtoWriter Attribute(ReadOnlyMemory<byte> message) => Rewrite(message, (in ProtoReader field, ProtoWriter to) =>
        field.Number is 6 or 11 ? to.Add(field.Number, Graph(field.Bytes)) : to.Copy(field));

    private static ProtoWriter Graph(ReadOnlyMemory<byte> message) => Rewrite(message, (in ProtoReader field, ProtoWriter to) => field.Number switch
    {
        1 => to.Add(1, Node(field.Bytes)),
        5 => to.Add(5, Tensor(field.Bytes)),
        11 or 12 or 13 => to.Add(field.Number, Value(field.Bytes)),
        14 => to, // what quantisation tools noted, by name
        15 => to.Add(15, SparseTensor(field.Bytes)),
        _ => to.Copy(field),
    });

    private static ProtoWriter Value(ReadOnlyMemory<byte> message) => Rewrite(message, (in ProtoReader field, ProtoWriter to) =>
        field.Number == 1 ? to.Add(1, Of(field.Text)) : to.Copy(field));

    private static ProtoWriter Rewrite(ReadOnlyMemory<byte> message, RewriteField rewrite)
    {
        var to = new ProtoWriter();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            rewrite(fields, to);
        }

        return to;
    }

    private delegate ProtoWriter RewriteField(in ProtoReader field, ProtoWriter to);
}
