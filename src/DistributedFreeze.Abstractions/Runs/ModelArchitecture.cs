namespace DistributedFreeze.Runs;

/// <summary>Which network of the ResNet family.</summary>
public enum ModelArchitecture
{
    /// <summary>50 layers in blocks of three convolutions.</summary>
    ResNet50 = 0,

    /// <summary>18 layers in blocks of two convolutions.</summary>
    ResNet18 = 1,

    /// <summary>34 layers in blocks of two convolutions.</summary>
    ResNet34 = 2,

    /// <summary>101 layers in blocks of three convolutions.</summary>
    ResNet101 = 3,

    /// <summary>152 layers in blocks of three convolutions.</summary>
    ResNet152 = 4,

    /// <summary>A ResNet50 whose 3x3 convolutions have twice the channels (Zagoruyko and Komodakis, 2016).</summary>
    WideResNet50x2 = 5,

    /// <summary>A ResNet50 whose 3x3 convolutions have 32 groups of 4 channels (Xie et al., 2017).</summary>
    ResNext50x32x4d = 6,
}
