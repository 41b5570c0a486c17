namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Evaluates a frozen stretch of the network, always in blocks of <see cref="PrefixRequest.BlockSize"/> images.</summary>
/// <remarks>
/// <para>
/// An image's bits depend neither on its place in the block nor on what else is there, nor on which other ends are evaluated with
/// it, nor on the thread.
/// </para>
/// <para>
/// Thread-safe: every caller makes a block of its own, and all of them share one copy of the weights. Dispose of it when no caller
/// evaluates any more.
/// </para>
/// </remarks>
internal interface IPrefixEngine : IDisposable
{
    /// <summary>
    /// Whose bits they are: library, its version, provider and instruction set, such as <c>onnx-1.31.1-cpu-x64-avx512</c>. Engines
    /// with the same id give the same bits from the same weights; part of the key of stored features.
    /// </summary>
    string Id { get; }

    /// <summary>What is evaluated.</summary>
    PrefixRequest Request { get; }

    /// <summary>Makes a caller's buffers. Dispose of them before the engine.</summary>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    PrefixBlock CreateBlock();
}
