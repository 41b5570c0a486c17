namespace DistributedFreeze.Telemetry;

/// <summary>How the values of a measure follow one another.</summary>
public enum MeasureKind
{
    /// <summary>It only grows, from 0 when its process starts.</summary>
    Counter = 0,

    /// <summary>It goes up and down.</summary>
    Gauge = 1,

    /// <summary>Values are counted by their size.</summary>
    Histogram = 2,
}
