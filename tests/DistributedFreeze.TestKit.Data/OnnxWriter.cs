using System.Runtime.InteropServices;
using System.Text;

namespace DistributedFreeze.TestKit.Data;

/// <summary>Writes an ONNX model by the format's own field numbers, and with nothing of ours: what tests compare ours with.</summary>
public sealed class OnnxWriter
{
    private readonly List<byte[]> _nodes = [];
    private readonly List<byte[]> _constants = [];
    private readonly List<byte[]> _inputs = [];
    private readonly List<byte[]> _outputs = [];
    private readonly List<byte[]> _metadata = [];
    private readonly List<byte[]> _functions = [];
    private readonly List<byte[]> _sparse = [];
    private readonly List<byte> _external = [];
    private uint _state = 1;

    /// <summary>Version of ONNX's operators.</summary>
    public int Opset { get; init; } = 13;

    /// <summary>A further set of operators: its domain.</summary>
    public string? Domain { get; init; }

    /// <summary>Where constants go, if not into the file.</summary>
    public string? External { get; set; }

    /// <summary>What <see cref="External"/> is to hold.</summary>
    public byte[] ExternalBytes => [.. _external];

    public OnnxWriter Input(string name, int type, params long[] shape)
    {
        _inputs.Add(Value(name, type, shape));
        return this;
    }

    /// <summary>Adds an input that is one number, without sizes.</summary>
    public OnnxWriter Scalar(string name, int type)
    {
        _inputs.Add([.. Field(1, name), .. Field(2, Field(1, [.. Number(1, type), .. Field(2, "")]))]);
        return this;
    }

    public OnnxWriter Output(string name, int type = 1, params long[] shape)
    {
        _outputs.Add(Value(name, type, shape));
        return this;
    }

    public OnnxWriter Metadata(string key, string value)
    {
        _metadata.Add([.. Field(1, key), .. Field(2, value)]);
        return this;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="operation">Its operator, with a domain before a colon where it is none of ONNX's.</param>
    /// <param name="inputs">Names, parted by spaces.</param>
    /// <param name="output">Names of what it makes, parted by commas, and of the node behind a <c>n/</c>.</param>
    /// <param name="attributes">Whole numbers, or lists of them; graphs; or an attribute's field with what is in it.</param>
    public OnnxWriter Node(string operation, string inputs, string output, params (string Name, object Value)[] attributes)
    {
        var parts = operation.Split(':');
        _nodes.Add(
        [
            .. inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(input => Field(1, input)), .. output.Split(',').SelectMany(name => Field(2, name)), .. Field(3, $"n/{output.Split(',')[0]}"), .. Field(4, parts[^1]),
            .. attributes.SelectMany(attribute => Field(5, Attribute(attribute.Name, attribute.Value))), .. parts.Length > 1 ? Field(7, parts[0]) : [],
        ]);
        return this;
    }

    /// <summary>Adds floats that look random, of a size that keeps activations as large as they are.</summary>
    public OnnxWriter Weights(string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        var spread = 1.5f / MathF.Sqrt(Math.Max(1, shape.Length == 1 ? 4 : shape.Length == 2 ? shape[0] : shape.Skip(1).Aggregate(1L, (product, size) => product * size)));
        for (var i = 0; i < values.Length; i++)
        {
            _state = (_state * 1_664_525) + 1_013_904_223;
            values[i] = ((_state >> 8) / 8_388_608f - 1) * spread;
        }

        return Constant(name, values, shape);
    }

    public OnnxWriter Constant(string name, float[] values, params long[] shape) => Constant(name, 1, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    public OnnxWriter Constant(string name, long[] values) => Constant(name, 7, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), [values.Length], mayBeExternal: false);

    /// <summary>Adds a constant of which a test says where it lies.</summary>
    public OnnxWriter ConstantAt(string name, string location, string? offset, string? length, params long[] shape)
    {
        byte[] place = [.. Field(13, [.. Field(1, "location"), .. Field(2, location)])];
        place = offset is null ? place : [.. place, .. Field(13, [.. Field(1, "offset"), .. Field(2, offset)])];
        place = length is null ? place : [.. place, .. Field(13, [.. Field(1, "length"), .. Field(2, length)])];
        _constants.Add([.. shape.SelectMany(size => Number(1, size)), .. Number(2, 1), .. Field(8, name), .. place, .. Number(14, 1)]);
        return this;
    }

    /// <summary>Adds one truth value.</summary>
    public OnnxWriter Truth(string name, bool value) => Constant(name, 9, [value ? (byte)1 : (byte)0], [], mayBeExternal: false);

    /// <summary>Adds a list of floats of which only the first is not 0.</summary>
    public OnnxWriter Sparse(string name, float first, int length)
    {
        _sparse.Add(SparseTensor(Tensor(name, BitConverter.GetBytes(first)), length));
        return this;
    }

    /// <summary>Adds a function of one input and one output, called <c>in</c> and <c>out</c>.</summary>
    /// <param name="name">Its name, in <see cref="Domain"/>.</param>
    /// <param name="body">Its nodes.</param>
    /// <param name="more">Further fields.</param>
    public OnnxWriter Function(string name, OnnxWriter body, params byte[] more)
    {
        _functions.Add(
        [
            .. Field(1, name), .. Field(4, "in"), .. Field(5, "out"), .. body._nodes.SelectMany(node => Field(7, node)), .. Field(9, Number(2, Opset)),
            .. Field(9, [.. Field(1, Domain!), .. Number(2, 1)]), .. Field(10, Domain!), .. more,
        ]);
        return this;
    }

    /// <summary>One float, for an attribute.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its bytes; empty where they lie elsewhere.</param>
    /// <param name="location">The file that they lie in.</param>
    public static byte[] Tensor(string name, byte[] value, string? location = null) =>
        [.. Number(1, 1), .. Number(2, 1), .. Field(8, name), .. location is null ? Field(9, value) : [.. Field(13, [.. Field(1, "location"), .. Field(2, location)]), .. Number(14, 1)]];

    /// <summary>A list of floats of which only the first is not 0, for an attribute.</summary>
    public static byte[] SparseTensor(byte[] first, int length) => [.. Field(1, first), .. Field(2, [.. Number(1, 1), .. Number(2, 7), .. Field(9, new byte[8])]), .. Number(3, length)];

    /// <summary>A field with bytes, for what this writer has no word for.</summary>
    public static byte[] Field(int number, byte[] bytes) => [.. Varint((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private byte[] ToGraph() =>
    [
        .. _nodes.SelectMany(node => Field(1, node)), .. Field(2, "written by a test"), .. _constants.SelectMany(constant => Field(5, constant)),
        .. _inputs.SelectMany(input => Field(11, input)), .. _outputs.SelectMany(output => Field(12, output)), .. _sparse.SelectMany(sparse => Field(15, sparse)),
    ];

    /// <summary>The model.</summary>
    public byte[] ToArray()
    {
        return
        [
            .. Number(1, 8), .. Field(2, "a test"), .. Field(7, ToGraph()), .. Field(8, Number(2, Opset)), .. Domain is null ? [] : Field(8, [.. Field(1, Domain), .. Number(2, 1)]),
            .. _metadata.SelectMany(entry => Field(14, entry)), .. _functions.SelectMany(function => Field(25, function)),
        ];
    }

    private OnnxWriter Constant(string name, int type, byte[] values, long[] shape, bool mayBeExternal = true)
    {
        byte[] head = [.. shape.SelectMany(size => Number(1, size)), .. Number(2, type), .. Field(8, name)];
        if (External is { } file && mayBeExternal)
        {
            var (offset, length) = (_external.Count, values.Length);
            _external.AddRange(values);
            _constants.Add(
            [
                .. head, .. Field(13, [.. Field(1, "location"), .. Field(2, file)]), .. Field(13, [.. Field(1, "offset"), .. Field(2, $"{offset}")]),
                .. Field(13, [.. Field(1, "length"), .. Field(2, $"{length}")]), .. Number(14, 1),
            ]);
        }
        else
        {
            _constants.Add([.. head, .. Field(9, values)]);
        }

        return this;
    }

    private static byte[] Attribute(string name, object value) => value switch
    {
        int number => [.. Field(1, name), .. Number(3, number), .. Number(20, 2)],
        float real => [.. Field(1, name), 0x15, .. BitConverter.GetBytes(real), .. Number(20, 1)],
        OnnxWriter graph => [.. Field(1, name), .. Field(6, graph.ToGraph()), .. Number(20, 5)],
        (int field, byte[] message) => [.. Field(1, name), .. Field(field, message), .. Number(20, field switch { 5 => 4, 22 => 11, _ => throw new ArgumentException($"{field} is none of these.", nameof(value)) })],
        int[] numbers => [.. Field(1, name), .. numbers.SelectMany(number => Number(8, number)), .. Number(20, 7)],
        _ => throw new ArgumentException($"{value} is none of these.", nameof(value)),
    };

    private static byte[] Value(string name, int type, long[] shape)
    {
        byte[] sizes = [.. shape.SelectMany(size => Field(1, size < 0 ? Field(2, "N") : Number(1, size)))];
        return [.. Field(1, name), .. Field(2, Field(1, [.. Number(1, type), .. shape.Length == 0 ? [] : Field(2, sizes)]))];
    }

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Number(int number, long value) => [.. Varint(number << 3), .. Varint(value)];

    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        var rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        bytes.Add((byte)rest);
        return [.. bytes];
    }
}
