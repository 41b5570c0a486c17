using DistributedFreeze.Advice;

namespace DistributedFreeze.Replicas;

/// <summary>A question for one device.</summary>
/// <param name="RunId">What owns the device meanwhile.</param>
/// <param name="Request">What is asked, with full paths of its silo's.</param>
[GenerateSerializer, Immutable, Alias("df.advice-order")]
public sealed record AdviceOrder([property: Id(0)] string RunId, [property: Id(1)] AdviceRequest Request);
