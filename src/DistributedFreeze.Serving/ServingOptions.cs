using System.ComponentModel.DataAnnotations;

namespace DistributedFreeze.Serving;

/// <summary>How a classifier is served.</summary>
public sealed class ServingOptions
{
    /// <summary>The .onnx file that <c>dfreeze export</c> wrote. It is loaded again when it changes.</summary>
    [Required]
    public string Model { get; set; } = "";

    /// <summary>Most images that are computed at once, 1 to 1,024. Default: 16.</summary>
    [Range(1, 1_024)]
    public int MaxBatch { get; set; } = 16;

    /// <summary>Milliseconds that an image waits at most for others to be computed with, 0 to 1,000. Default: 2.</summary>
    /// <remarks>While a batch is computed the next one gathers anyway.</remarks>
    [Range(0, 1_000)]
    public int MaxDelayMilliseconds { get; set; } = 2;

    /// <summary>Most images that are read, wait or are computed; whoever comes then is asked to come again, 1 to 65,536. Default: 64.</summary>
    /// <remarks>So many times <see cref="MaxRequestBytes"/> is the most memory that uploads take.</remarks>
    [Range(1, 65_536)]
    public int MaxQueue { get; set; } = 64;

    /// <summary>Largest request in bytes, 1 to 1 GiB. Default: 16 MiB.</summary>
    [Range(1, 1L << 30)]
    public long MaxRequestBytes { get; set; } = 16 << 20;

    /// <summary>Seconds between two looks at the file, 0.1 to 3,600. Default: 1.</summary>
    [Range(0.1, 3_600)]
    public double LookSeconds { get; set; } = 1;
}
