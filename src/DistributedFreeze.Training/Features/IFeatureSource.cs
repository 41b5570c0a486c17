namespace DistributedFreeze.Training.Features;

/// <summary>Gives the features of a sequence of images, one after another.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal interface IFeatureSource
{
    /// <summary>Takes the next images' features.</summary>
    /// <param name="count">1 up to the images that are left.</param>
    /// <param name="destination">Receives them one after another.</param>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    void Take(int count, Span<float> destination);

    /// <summary>Takes the next images' features where the tail computes.</summary>
    /// <param name="count">1 up to the images that are left.</param>
    /// <returns>Null where they are in host memory; then nothing is taken.</returns>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    DeviceBatch? TryTakeOnDevice(int count);
}
