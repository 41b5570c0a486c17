using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>The tensors of a network by name, frozen and trainable alike.</summary>
internal interface ILayerWeights
{
    /// <summary>Finds a tensor; the owner keeps it.</summary>
    /// <param name="name">Such as <c>conv1_conv.weight</c>.</param>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    Tensor this[string name] { get; }

    /// <summary>Finds where a batch norm that trains in this evaluation writes its batch's mean and unbiased variance.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="mean">(C), overwritten by the evaluation.</param>
    /// <param name="variance">(C), overwritten by the evaluation.</param>
    /// <returns>False where the layer is frozen or the evaluation is not a training step.</returns>
    bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out Tensor? mean, [NotNullWhen(true)] out Tensor? variance);
}
