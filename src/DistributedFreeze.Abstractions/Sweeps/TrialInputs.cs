namespace DistributedFreeze.Sweeps;

/// <summary>What a trial was trained on, by its content. Immutable and thread-safe.</summary>
/// <param name="DataSha256">Hash of its images and of their splits, as in a receipt.</param>
/// <param name="BaseSha256">Hash of its base, likewise.</param>
/// <param name="ParentSha256">Hash of the model that it starts from; null where it starts from its base.</param>
public sealed record TrialInputs(string DataSha256, string BaseSha256, string? ParentSha256);
