using DistributedFreeze.Data;

namespace DistributedFreeze.TestKit.Data;

/// <summary>The demo's drawn images of four classes, in a folder that goes with its test.</summary>
public abstract class DrawnData : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="size">Width and height in pixels.</param>
    /// <param name="trainPerClass">Images of each class to train on.</param>
    /// <param name="validationPerClass">Images of each class for validation.</param>
    /// <param name="testPerClass">Images of each class to test with.</param>
    private protected DrawnData(int size, int trainPerClass, int validationPerClass, int testPerClass) =>
        DemoImages.Write(Data, seed: 1, size, trainPerClass, validationPerClass, testPerClass);

    /// <summary>Folder of the images.</summary>
    public string Data => In("images");

    /// <summary>Path of a file or folder beside the images.</summary>
    public string In(string name) => _folder.In(name);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
