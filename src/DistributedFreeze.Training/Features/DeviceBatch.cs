using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>Images of a shard on a device.</summary>
/// <param name="Features">(images, features of one): new, and the receiver's to change.</param>
/// <param name="Labels">(images) of class numbers, int64.</param>
internal readonly record struct DeviceBatch(Tensor Features, Tensor Labels);
