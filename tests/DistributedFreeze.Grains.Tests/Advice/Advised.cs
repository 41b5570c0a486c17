using DistributedFreeze.Advice;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Advice;

/// <summary>Questions and answers for tests.</summary>
internal static class Advised
{
    public static AdviceRequest Request(string data = "/data", string output = "/out") => new()
    {
        Spec = new() { Data = new() { Path = data }, Phases = [new()], Output = output },
    };

    public static AdviceResult Result(bool isWhole = true, RunSpec? recommended = null) => new()
    {
        IsWhole = isWhole,
        Metric = EpochMeasure.Accuracy,
        TrainImages = 8,
        HeldOutImages = 4,
        Splits = 1,
        AreValidation = true,
        Recommendation = recommended is null ? null : new("head alone", "It is the cheapest.", recommended),
    };
}
