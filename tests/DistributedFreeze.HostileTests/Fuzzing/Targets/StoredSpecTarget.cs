using System.Text;
using System.Text.Json;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>The <c>run.json</c> of a run that is to go on.</summary>
internal sealed class StoredSpecTarget(string folder) : FuzzTarget(folder)
{
    private readonly OutputFolder _output = new(folder);

    public override string Name => "stored-spec";

    public override int Inputs => 5_000;

    public override bool IsText => true;

    public override string Path => _output.Spec;

    public override IEnumerable<byte[]> Seeds() => RunSeeds.Specs.Select(spec => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(spec, RunJson.Indented)));

    public override IEnumerable<byte[]> Words() => JsonWords.All;

    public override void Read(byte[] input)
    {
        var spec = _output.ReadSpec("output");
        _ = RunSpecKey.Of(spec);
        _output.RequireSpec(RunSeeds.Specs[0]);
    }
}
