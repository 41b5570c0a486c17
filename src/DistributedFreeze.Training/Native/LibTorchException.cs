namespace DistributedFreeze.Training.Native;

/// <summary>libtorch, or TorchSharp's bridge to it, cannot be loaded. The message names the file, where it was looked for and what would be right.</summary>
public sealed class LibTorchException : Exception
{
    /// <param name="message">The reason, for the person who has to fix it.</param>
    public LibTorchException(string message)
        : base(message)
    {
    }

    /// <param name="message">The reason, for the person who has to fix it.</param>
    /// <param name="innerException">What was caught.</param>
    public LibTorchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
