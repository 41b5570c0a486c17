namespace DistributedFreeze.Coordination.Tensors;

/// <summary>Element types of safetensors (its README and the enum Dtype of safetensors/src/tensor.rs) that fill whole bytes.</summary>
internal static class ElementType
{
    public const string F32 = "F32";
    public const string F16 = "F16";
    public const string BF16 = "BF16";
    public const string F64 = "F64";
    public const string I64 = "I64";
    public const string I32 = "I32";
    public const string I16 = "I16";
    public const string I8 = "I8";
    public const string U8 = "U8";
    public const string Bool = "BOOL";

    /// <returns>Bytes of one element; 0 for a type we do not know.</returns>
    public static int SizeOf(string type) => type switch
    {
        Bool or U8 or I8 or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" => 1,
        I16 or "U16" or F16 or BF16 => 2,
        I32 or "U32" or F32 => 4,
        "U64" or "C64" or F64 or I64 => 8,
        _ => 0,
    };
}
