using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Freezing;

/// <summary>What a person writes to say which layers of the base may train; the head always trains.</summary>
/// <remarks>Immutable. It resolves to a mask only together with a layer table.</remarks>
[GenerateSerializer, Immutable, Alias("df.freeze-policy")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "policy")]
[JsonDerivedType(typeof(None), "none")]
[JsonDerivedType(typeof(All), "all")]
[JsonDerivedType(typeof(LastLayers), "last")]
[JsonDerivedType(typeof(FromLayer), "from")]
[JsonDerivedType(typeof(FromStage), "stage")]
[JsonDerivedType(typeof(Named), "layers")]
public abstract record FreezePolicy
{
    private FreezePolicy()
    {
    }

    /// <summary>The whole base is frozen: <c>unfreeze_layers: 0</c> or <c>unfreeze: none</c>.</summary>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.none")]
    public sealed record None : FreezePolicy;

    /// <summary>The whole base trains.</summary>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.all")]
    public sealed record All : FreezePolicy;

    /// <summary>The last layers of the base train, counted as Keras counts <c>base.layers[-n:]</c>.</summary>
    /// <param name="Count">Number of layers, 0 to all of the base: 175 in a ResNet50.</param>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.last")]
    public sealed record LastLayers([property: Id(0)] int Count) : FreezePolicy;

    /// <summary>The named layer and every later one in the table's order train.</summary>
    /// <param name="Layer">A layer name, such as <c>conv5_block1_1_conv</c>.</param>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.from")]
    public sealed record FromLayer([property: Id(0)] string Layer) : FreezePolicy;

    /// <summary>The layers of one stage and of every later stage train.</summary>
    /// <param name="Stage"><c>conv1</c> to <c>conv5</c>.</param>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.stage")]
    public sealed record FromStage([property: Id(0)] string Stage) : FreezePolicy;

    /// <summary>The layers whose name matches any of the globs train; holes are allowed.</summary>
    /// <param name="Globs">Patterns with <c>*</c> and <c>?</c>, such as <c>conv5_*_bn</c>.</param>
    [GenerateSerializer, Immutable, Alias("df.freeze-policy.named")]
    public sealed record Named([property: Id(0)] ImmutableArray<string> Globs) : FreezePolicy
    {
        /// <summary>Whether both have the same globs in the same order.</summary>
        /// <param name="other">Another policy.</param>
        public bool Equals(Named? other) =>
            other is not null && Globs.IsDefault == other.Globs.IsDefault && (Globs.IsDefault || Globs.SequenceEqual(other.Globs, StringComparer.Ordinal));

        /// <inheritdoc/>
        public override int GetHashCode() => Globs.IsDefaultOrEmpty ? 0 : HashCode.Combine(Globs.Length, Globs[0]);
    }
}
