using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>What a folder of stored features says of itself.</summary>
internal sealed class SetDescriptionTarget : FuzzTarget
{
    private readonly string _folder;
    private readonly SetFolder _set;

    public SetDescriptionTarget(string folder)
        : base(folder)
    {
        _folder = In("cache");
        _set = FeatureSeeds.Fill(_folder);
    }

    public override string Name => "set-description";

    public override int Inputs => 2_000;

    public override bool IsText => true;

    public override bool NeverThrows => true;

    public override string Path => _set.Description;

    public override IEnumerable<byte[]> Seeds() => [File.ReadAllBytes(Path)];

    public override IEnumerable<byte[]> Words() => JsonWords.All;

    public override void Read(byte[] input) => FeatureSeeds.ReadAll(_folder);

    public override bool Documents(Exception exception) => false;
}
