using System.Collections.Immutable;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>An update rule over a flat vector of parameters.</summary>
/// <remarks>Belongs to one thread. Its state covers the trainable parameters of one phase and is dropped with it.</remarks>
internal interface IFlatOptimizer : IDisposable
{
    /// <summary>State vectors by name, each as long as the parameters: what a checkpoint keeps.</summary>
    ImmutableArray<(string Name, Tensor Values)> State { get; }

    /// <summary>Changes the parameters by one step.</summary>
    /// <param name="parameters">The flat parameters, changed in place.</param>
    /// <param name="gradient">The mean gradient, of the same length; not changed.</param>
    /// <param name="stepsBefore">Steps of this phase applied before this one, from 0.</param>
    /// <param name="factor">What the groups' learning rates are multiplied by in this step.</param>
    void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double factor);
}
