namespace DistributedFreeze.Freezing.Layers;

/// <summary>Sizes of a square convolution.</summary>
/// <param name="InChannels">Channels it reads.</param>
/// <param name="OutChannels">Channels it writes.</param>
/// <param name="Kernel">Height and width of the kernel, in pixels.</param>
/// <param name="Stride">Step between two windows, in pixels.</param>
/// <param name="Padding">Zeros that the convolution itself adds on each side, in pixels; 0 where a padding layer comes before it.</param>
/// <param name="Bias">Whether it adds a bias.</param>
/// <param name="Groups">Parts into which both channels are split, each computed from its own part alone; 1 splits nothing.</param>
public sealed record ConvolutionShape(int InChannels, int OutChannels, int Kernel, int Stride, int Padding, bool Bias, int Groups = 1)
{
    /// <summary>Elements of the weight, which are also the multiply-adds of one output pixel over all its channels.</summary>
    public long WeightElements => (long)OutChannels * (InChannels / Groups) * Kernel * Kernel;
}
