namespace DistributedFreeze.Training;

/// <summary>
/// Tests that run while no other does: they count the process's tensors, or call parts of TorchSharp that do not survive a garbage
/// collection on another thread (see <see cref="Native.KeptScalars"/>).
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
