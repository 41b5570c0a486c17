using System.Text;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A run file in YAML; what is accepted is written and read again.</summary>
internal sealed class RunFileTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "run-file";

    public override int Inputs => 3_000;

    public override bool IsText => true;

    protected override string Ending => ".yaml";

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. RunSeeds.Specs.Select(spec => Encoding.UTF8.GetBytes(RunFile.Write(spec))),
        "data: images\noutput: out\nphases:\n- {epochs: 2, unfreeze: head}\n- layers: [conv5_*, 'conv4_*']\n"u8.ToArray(),
        "data: {path: \"images\"}\noutput: >\n  out\nphases: [{stage: conv5, learning_rate: 1e-3}]\n"u8.ToArray(),
    ];

    public override IEnumerable<byte[]> Words() =>
        RunFields.All.Select(field => field.Path[(field.Path.LastIndexOf('.') + 1)..] + ":")
        .Concat(["\n", "\n  ", "\n- ", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "!<x> ", "? ", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! a:\n", "#", "'", "\"", "\\x", "\\U0010ffff", "\t", "\r", "~", "null", "1e400", "-1", ".nan", "0x7fffffff", "99999999999", "../", "~/", "*", "\u2028", "\ufeff", "<<: "])
        .Select(Encoding.UTF8.GetBytes);

    public override void Read(byte[] input)
    {
        var spec = RunFile.Read(Path);
        var again = RunFile.Parse(new StringReader(RunFile.Write(spec)), "again");
        if (RunSpecKey.Of(spec) != RunSpecKey.Of(again))
        {
            throw new InvalidOperationException("What was accepted reads back as something else.");
        }
    }
}
