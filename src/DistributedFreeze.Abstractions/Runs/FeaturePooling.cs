namespace DistributedFreeze.Runs;

/// <summary>How the tensor at the boundary of an ONNX base becomes one list of features for each image.</summary>
public enum FeaturePooling
{
    /// <summary>By its shape: a map is averaged, of tokens the first is taken unless they are a square of patches alone, a list stays as it is.</summary>
    Auto = 0,

    /// <summary>The mean over the places of a map, or over all tokens.</summary>
    Avg = 1,

    /// <summary>The first token.</summary>
    Cls = 2,

    /// <summary>All numbers, one after the other.</summary>
    None = 3,
}
