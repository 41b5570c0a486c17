using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What weights of a graph usually take.</summary>
public static class PreprocessingDefaults
{
    /// <summary>How the graph's own published weights expect their pixels.</summary>
    /// <param name="graph">Which ResNet50.</param>
    /// <returns>
    /// <see cref="Preprocessing.Caffe"/> for Keras (<c>keras.applications.resnet.preprocess_input</c>),
    /// <see cref="Preprocessing.Torch"/> for torchvision (<c>ResNet50_Weights.transforms</c>).
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="graph"/> is no defined value.</exception>
    public static Preprocessing For(NetworkGraph graph) => graph switch
    {
        NetworkGraph.KerasV1 => Preprocessing.Caffe,
        NetworkGraph.TorchvisionV15 => Preprocessing.Torch,
        _ => throw new ArgumentOutOfRangeException(nameof(graph), graph, "There is no default preprocessing for this graph."),
    };
}
