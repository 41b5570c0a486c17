namespace DistributedFreeze.Training.Onnx;

/// <summary>In what form a graph's nodes read what others have computed, and the numbers of convolutions.</summary>
internal interface IGraphTensors
{
    /// <summary>A tensor as a node reads it.</summary>
    /// <param name="name">Name of a tensor of floats that the graph has.</param>
    /// <returns>Name of the tensor to read in its place.</returns>
    string Read(string name);

    /// <summary>Tells that every element of one tensor is an element of another, such as the greatest of a window.</summary>
    /// <param name="name">The one.</param>
    /// <param name="source">The other.</param>
    void IsPartOf(string name, string source);

    /// <summary>Adds the numbers of a convolution.</summary>
    /// <param name="name">What their names begin with.</param>
    /// <param name="input">Name of the tensor of floats that it convolves, before <see cref="Read"/>.</param>
    /// <param name="shape">(out, in, height, width) of its kernels.</param>
    /// <param name="numbers">Gives them.</param>
    /// <returns>Names of the kernels and of the biases.</returns>
    (string Kernels, string Biases) Add(string name, string input, ReadOnlySpan<long> shape, FoldedConvolution numbers);
}
