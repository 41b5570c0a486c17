using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>Says why a phase keeps its features or doesn't.</summary>
internal static class ChoiceReason
{
    public static string Of(ChoiceFacts facts, FeatureCacheMode mode) => (facts.Keeps(mode), mode) switch
    {
        _ when !facts.HasPrefix => "computed again: no frozen convolution comes before the first open layer",
        (true, FeatureCacheMode.On) => $"kept: the run says so; {Comparison(facts)}",
        (false, FeatureCacheMode.Off) => $"computed again: the run says so; {Comparison(facts)}",
        (true, _) => Kept(facts),
        _ => Recomputed(facts),
    };

    private static string Kept(ChoiceFacts facts) => facts switch
    {
        { IsStored: true, GivenBy: { } earlier } => $"kept: phase {earlier + 1} stores them on its way, and {Epoch(facts)}",
        { IsStored: true } => $"kept: they are stored already, and {Epoch(facts)}",
        { PaysAlone: false, FirstServed: { } later } =>
            $"kept for phase {later + 1}, which saves {Amount.Duration(facts.LaterSavings)}; filling takes {Amount.Duration(facts.Fill)}",
        { Views: null } => $"kept for validation, since training shows another view in every epoch: {Comparison(facts)}",
        _ => $"kept: {Comparison(facts)}",
    };

    private static string Recomputed(ChoiceFacts facts) => facts switch
    {
        { Fits: false } => $"computed again: {Amount.Bytes(facts.Bytes)} of features find {Amount.Bytes(facts.Room)} of room",
        { Views: null } => "computed again: augmentation shows another view in every epoch; `data.augment.views: 8`, say, would bring them back",
        { Epochs: 1 } => "computed again: they are met in one epoch only",
        _ => $"computed again: with a cache the phase takes {Amount.Duration(facts.WithCache)}, without one {Amount.Duration(facts.WithoutCache)}",
    };

    private static string Comparison(ChoiceFacts facts) => $"filling takes {Amount.Duration(facts.Fill)}, then {Epoch(facts)}";

    private static string Epoch(ChoiceFacts facts) =>
        $"an epoch takes {Amount.Duration(facts.EpochWithCache)} instead of {Amount.Duration(facts.EpochWithoutCache)}";
}
