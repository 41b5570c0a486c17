using DistributedFreeze.Training.Features.Engines;

namespace DistributedFreeze.Training.Features;

/// <summary>The images that a prefix engine evaluates at a time, the last ones padded.</summary>
/// <remarks>Belongs to one thread.</remarks>
internal sealed class FeatureBlock(IPrefixEngine engine, int start) : IDisposable
{
    private readonly PrefixBlock _block = engine.CreateBlock();

    /// <summary>Images in a block.</summary>
    public int Size => engine.Request.BlockSize;

    /// <summary>Index of the boundary at which images go in; 0 for pixels.</summary>
    public int Start => start;

    /// <summary>Where one image goes in.</summary>
    /// <param name="slot">0 up to but not including <see cref="Size"/>.</param>
    public Span<float> Input(int slot) => _block.InputOf(slot);

    /// <summary>One image's features at an end, after <see cref="Evaluate"/>.</summary>
    /// <param name="end">Which of the engine's ends, from 0.</param>
    /// <param name="slot">0 up to but not including <see cref="Size"/>.</param>
    public ReadOnlySpan<float> Output(int end, int slot) => _block.OutputOf(end, slot);

    /// <summary>Evaluates all slots. Those that hold no image do no harm to the others: what an earlier block left is padding.</summary>
    public void Evaluate() => _block.Evaluate();

    public void Dispose() => _block.Dispose();
}
