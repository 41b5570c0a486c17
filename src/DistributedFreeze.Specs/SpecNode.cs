using System.Collections.Immutable;

namespace DistributedFreeze.Specs;

/// <summary>One value of a run specification that nobody has read yet: a tree of texts that remember where they stand.</summary>
/// <remarks>Immutable. Options are laid over a file on this level, so one reader judges both and blames the right one.</remarks>
internal abstract record SpecNode(Origin Origin)
{
    /// <summary>What to call this kind of value in an error.</summary>
    public abstract string Describe();
}

/// <summary>A single value; <see cref="Value"/> is null where a person wrote <c>null</c>.</summary>
internal sealed record SpecText(Origin Origin, string? Value) : SpecNode(Origin)
{
    public override string Describe() => Value is null ? "null" : $"'{Value}'";
}

/// <summary>A list of values.</summary>
internal sealed record SpecList(Origin Origin, ImmutableArray<SpecNode> Items) : SpecNode(Origin)
{
    public override string Describe() => "a list";
}

/// <summary>Named values, in the order they were written.</summary>
internal sealed record SpecMap(Origin Origin, ImmutableArray<SpecField> Fields) : SpecNode(Origin)
{
    public override string Describe() => "fields";

    public SpecNode? Find(string name) => Fields.FirstOrDefault(field => field.Name == name)?.Value;

    public SpecMap With(string name, SpecNode value)
    {
        var old = Fields.FirstOrDefault(field => field.Name == name);
        return this with { Fields = old is null ? Fields.Add(new(name, value)) : Fields.Replace(old, new(name, value)) };
    }

    public SpecMap Without(string name) => this with { Fields = Fields.RemoveAll(field => field.Name == name) };
}

/// <summary>One named value of a <see cref="SpecMap"/>.</summary>
internal sealed record SpecField(string Name, SpecNode Value);
