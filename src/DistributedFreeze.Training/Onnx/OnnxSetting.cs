namespace DistributedFreeze.Training.Onnx;

/// <summary>A named constant of a node: a float, a whole number or a list of them, all that our operators take.</summary>
/// <remarks>Immutable. Field numbers and types are AttributeProto's of github.com/onnx/onnx, onnx/onnx.proto.</remarks>
internal sealed class OnnxSetting
{
    private const int NameField = 1;
    private const int FloatField = 2;
    private const int IntField = 3;
    private const int IntsField = 8;
    private const int TypeField = 20;
    private const int FloatType = 1;
    private const int IntType = 2;
    private const int IntsType = 7;

    /// <summary>A float, such as <c>epsilon</c>.</summary>
    /// <param name="name">The attribute's name in the operator's definition.</param>
    /// <param name="value">Its value.</param>
    public OnnxSetting(string name, float value) =>
        Message = new ProtoMessage().Add(NameField, name).Add(FloatField, value).Add(TypeField, FloatType);

    /// <summary>A list, such as <c>strides</c>.</summary>
    /// <param name="name">The attribute's name in the operator's definition.</param>
    /// <param name="values">Its values, in order.</param>
    public OnnxSetting(string name, params ReadOnlySpan<long> values)
    {
        Message = new ProtoMessage().Add(NameField, name).Add(TypeField, IntsType);
        foreach (var value in values)
        {
            Message.Add(IntsField, value);
        }
    }

    private OnnxSetting(ProtoMessage message) => Message = message;

    internal ProtoMessage Message { get; }

    /// <summary>A whole number, such as <c>axis</c>.</summary>
    /// <param name="name">The attribute's name in the operator's definition.</param>
    /// <param name="value">Its value.</param>
    public static OnnxSetting Whole(string name, long value) =>
        new(new ProtoMessage().Add(NameField, name).Add(IntField, value).Add(TypeField, IntType));
}
