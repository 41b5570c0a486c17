namespace DistributedFreeze.Fields;

/// <summary>Fields as a run file has them, and as YAML over HTTP has them.</summary>
internal sealed class RunFileNames : FieldNames
{
    protected override string Name(RunField field, string path) => path;

    protected override string Give(RunField field, string path, string value) => $"{path}: {value}";

    protected override string GoOn(string folder) => "resume=true";
}
