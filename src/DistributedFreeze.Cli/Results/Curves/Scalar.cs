namespace DistributedFreeze.Cli.Results.Curves;

/// <summary>One point of a curve.</summary>
/// <param name="Tag">Name of the curve, such as <c>train/loss</c>.</param>
/// <param name="Step">Where on the curve: optimizer steps since the start of the run, as <see cref="RunScalars"/> counts them.</param>
/// <param name="At">When it happened.</param>
/// <param name="Value">The value; no number where training diverged.</param>
internal readonly record struct Scalar(string Tag, long Step, DateTimeOffset At, double Value);
