using System.Collections.Immutable;
using DistributedFreeze.Inference.Runtime;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>One caller's buffers at a prefix engine: fill the input, evaluate, read the outputs, and again.</summary>
/// <remarks>
/// The buffers are made once, pinned, and what is computed is read from them and written to them without a copy where the engine
/// allows it. Not thread-safe: one block per thread.
/// </remarks>
internal abstract class PrefixBlock : IDisposable
{
    private readonly int _size;
    private readonly float[] _input;
    private readonly ImmutableArray<float[]> _outputs;

    private protected PrefixBlock(PrefixRequest request)
    {
        _size = request.BlockSize;
        _input = Buffer(request.InputShape);
        _outputs = [.. request.OutputShapes.Select(Buffer)];
    }

    /// <summary>
    /// The images at the start of the stretch, <see cref="PrefixRequest.BlockSize"/> x (channels, height, width), row-major. Zero at
    /// first; what is not overwritten stays, and does no harm to the other images.
    /// </summary>
    public Memory<float> Input => _input;

    /// <summary>Evaluates all images of the input, on this thread when the request has one thread.</summary>
    /// <exception cref="InferenceException">ONNX Runtime failed, for instance for lack of memory.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">libtorch failed, for instance for lack of memory.</exception>
    /// <exception cref="ObjectDisposedException">The block or its engine is disposed.</exception>
    public abstract void Evaluate();

    /// <summary>
    /// The images at one end, <see cref="PrefixRequest.BlockSize"/> x (channels, height, width) or x channels, row-major, as the last
    /// evaluation left them.
    /// </summary>
    /// <param name="end">Position in the request's ends, or behind them in its means.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="end"/> is not a position there.</exception>
    public ReadOnlyMemory<float> Output(int end) => OutputArray(end);

    /// <summary>One image of the input.</summary>
    /// <param name="image">0 to <see cref="PrefixRequest.BlockSize"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="image"/> is outside that.</exception>
    public Span<float> InputOf(int image) => Slice(_input, image);

    /// <summary>One image at one end.</summary>
    /// <param name="end">Position in the request's ends, or behind them in its means.</param>
    /// <param name="image">0 to <see cref="PrefixRequest.BlockSize"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is outside its range.</exception>
    public ReadOnlySpan<float> OutputOf(int end, int image) => Slice(OutputArray(end), image);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected float[] InputArray => _input;

    private protected float[] OutputArray(int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(end);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(end, _outputs.Length);
        return _outputs[end];
    }

    /// <summary>Releases what the engine's library holds; the arrays stay valid.</summary>
    private protected abstract void Dispose(bool disposing);

    private Span<float> Slice(float[] array, int image)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(image);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(image, _size);
        var elements = array.Length / _size;
        return array.AsSpan(image * elements, elements);
    }

    private static float[] Buffer(long[] shape) =>
        GC.AllocateArray<float>(checked((int)shape.Aggregate(1L, (product, size) => product * size)), pinned: true);
}
