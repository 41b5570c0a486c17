namespace DistributedFreeze.Data;

/// <summary>What a part of the images is for.</summary>
public enum Split
{
    /// <summary>Images that change weights.</summary>
    Train = 0,

    /// <summary>Images that are only looked at while training.</summary>
    Validation = 1,

    /// <summary>Images that nothing sees before the model is finished.</summary>
    Test = 2,
}
