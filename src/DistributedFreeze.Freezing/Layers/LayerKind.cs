namespace DistributedFreeze.Freezing.Layers;

/// <summary>What a layer of the base does.</summary>
public enum LayerKind
{
    /// <summary>The preprocessed image itself.</summary>
    Input = 0,

    /// <summary>Zeros around the image; <see cref="Layer.ZeroPadding"/> pixels on each side.</summary>
    ZeroPadding = 1,

    /// <summary>A two-dimensional convolution without an activation.</summary>
    Convolution = 2,

    /// <summary>Batch normalization with a scale, an offset and moving statistics.</summary>
    BatchNormalization = 3,

    /// <summary>max(x, 0).</summary>
    Relu = 4,

    /// <summary>The sum of a block's two branches.</summary>
    Add = 5,

    /// <summary>The greatest value of a window.</summary>
    MaxPooling = 6,

    /// <summary>An ONNX model of any kind, from the image to features: all of a base that is none of the ResNet family.</summary>
    Graph = 7,
}
