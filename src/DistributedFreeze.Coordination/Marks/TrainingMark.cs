using System.Text.Json.Serialization;

namespace DistributedFreeze.Coordination.Marks;

/// <summary>What a replica is at work on: read by whoever finds that its process has died without a word.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Output">The run's output folder.</param>
/// <param name="Device">The device's name within its process, such as <c>cpu:0</c>.</param>
/// <param name="Work">In words that follow "while it ".</param>
public sealed record TrainingMark(string RunId, string Output, string Device, string Work);

[JsonSerializable(typeof(TrainingMark))]
internal sealed partial class TrainingMarkJson : JsonSerializerContext;
