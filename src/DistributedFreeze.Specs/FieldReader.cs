using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Specs;

/// <summary>Reads the fields of one map by name and type, notes every problem, and at the end every field that nobody asked for.</summary>
/// <param name="map">The map.</param>
/// <param name="path">Its path.</param>
/// <param name="problems">Receives what is wrong.</param>
internal sealed class FieldReader(SpecMap map, string path, List<Problem> problems)
{
    private readonly List<string> _known = [];
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>How many problems there are so far.</summary>
    public int Problems => problems.Count;

    public string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public bool Has(string name) => map.Find(name) is not (null or SpecText { Value: null });

    public string? Text(string name) => Field(name) switch
    {
        null => null,
        SpecText { Value.Length: > 0 } text => text.Value,
        var other => Refuse<string?>(other, "must be a text", null),
    };

    public int? WholeNumber(string name) => (int?)LongNumber(name, int.MinValue, int.MaxValue);

    public long? LongNumber(string name) => LongNumber(name, long.MinValue, long.MaxValue);

    public double? Number(string name) => Field(name) is { } node ? Number(node) : null;

    public bool? Flag(string name) => Field(name) switch
    {
        null => null,
        SpecText { Value: { } word } when bool.TryParse(word, out var flag) => flag,
        var other => Refuse<bool?>(other, "must be true or false", null),
    };

    /// <summary>A number of bytes such as <c>4096</c> or <c>4G</c>.</summary>
    public long? Bytes(string name) => Field(name) switch
    {
        null => null,
        SpecText { Value: { } size } when ByteSize.TryParse(size, out var bytes) => bytes,
        var other => Refuse<long?>(other, "must be a number of bytes, or one with K, M, G or T behind it such as 512M or 4G", null),
    };

    /// <summary>One of a few names, as a person wrote it.</summary>
    public string? Word(string name, ImmutableArray<string> names) => Field(name) is { } node ? Word(node, names, "") : null;

    /// <summary>Numbers by name, such as <c>{rose: 2}</c>.</summary>
    public NamedNumbers Numbers(string name, string what) => Field(name) switch
    {
        null => NamedNumbers.None,
        SpecMap numbers => Numbers(numbers),
        var other => Refuse(other, $"must be {what}", NamedNumbers.None),
    };

    /// <summary>Texts by name, such as <c>{team: vision}</c>.</summary>
    public RunLabels NamedTexts(string name, string what) => Field(name) switch
    {
        null => RunLabels.None,
        SpecMap texts => NamedTexts(texts),
        var other => Refuse(other, $"must be {what}", RunLabels.None),
    };

    /// <summary>One of a few names, or numbers by name, as JSON has them.</summary>
    public JsonNode? WordOrNumbers(string name, ImmutableArray<string> names, string what) => Field(name) switch
    {
        null => null,
        SpecMap numbers => JsonSerializer.SerializeToNode(Numbers(numbers)),
        var node => Word(node, names, $", or {what}"),
    };

    public ImmutableArray<int> WholeNumbers(string name) => List(name, "whole numbers", node =>
        (int)(LongNumber(node, int.MinValue, int.MaxValue) ?? 0));

    public ImmutableArray<string> Texts(string name) => List(name, "texts", node =>
        node is SpecText { Value.Length: > 0 } text ? text.Value : Refuse(node, "must be a text", ""));

    /// <returns>A reader of the map under the name; one without fields where there is none.</returns>
    public FieldReader Map(string name) => Field(name) switch
    {
        SpecMap inner => new(inner, Path(name), problems),
        null => Nothing(name),
        var other => Refuse(other, "must be a group of fields", new FieldReader(Empty(other.Origin), Path(name), [])),
    };

    /// <returns>A reader for every item of the list under the name; empty where there is none.</returns>
    public ImmutableArray<FieldReader> Maps(string name)
    {
        var items = List(name, "groups of fields", node => node as SpecMap ?? Refuse(node, "must be a group of fields", Empty(node.Origin)));
        return [.. items.Select((item, index) => new FieldReader(item, $"{Path(name)}[{index}]", problems))];
    }

    /// <summary>What a person called the field: its path in the file, or the option.</summary>
    public string NameOf(string name) => map.Find(name)?.Origin.Field ?? Path(name);

    /// <summary>Notes a problem of a field, or of the map itself where the field is missing.</summary>
    public void Refuse(string name, string message)
    {
        _refused.Add(name);
        var origin = map.Find(name)?.Origin;
        problems.Add(origin is null ? new(Path(name), message) : new(origin.Field, origin.Locate(message)));
    }

    /// <summary>Notes every field that is not one of those read so far. Call it last.</summary>
    public void Finish()
    {
        foreach (var field in map.Fields.Where(field => !_known.Contains(field.Name) && !_refused.Contains(field.Name)))
        {
            var origin = field.Value.Origin;
            problems.Add(new(origin.Field, origin.Locate(Unknown(field.Name))));
        }
    }

    /// <summary>Counts names as known though nothing is read from them here.</summary>
    public void Know(IEnumerable<string> names) => _known.AddRange(names.Except(_known));

    private string Unknown(string name) => NearNames.Of(name, _known).Count > 0
        ? NearNames.Unknown("field", name, _known)
        : $"unknown field '{name}'; the fields here are {string.Join(", ", _known)}";

    private static SpecMap Empty(Origin origin) => new(origin, []);

    private FieldReader Nothing(string name) => new(Empty(map.Origin), Path(name), problems);

    private SpecNode? Field(string name)
    {
        if (!_known.Contains(name))
        {
            _known.Add(name);
        }

        return map.Find(name) is { } node and not SpecText { Value: null } ? node : null;
    }

    private ImmutableArray<T> List<T>(string name, string of, Func<SpecNode, T> read) => Field(name) switch
    {
        null => [],
        SpecList list => [.. list.Items.Select(read)],
        var other => Refuse<ImmutableArray<T>>(other, $"must be a list of {of}", []),
    };

    private long? LongNumber(string name, long least, long most) => Field(name) is { } node ? LongNumber(node, least, most) : null;

    private long? LongNumber(SpecNode node, long least, long most)
    {
        if (node is not SpecText { Value: { } text } || !Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return Refuse<long?>(node, "must be a whole number", null);
        }

        return value < least || value > most ? Refuse<long?>(node, $"must be from {least} to {most}", null) : (long)value;
    }

    private string? Word(SpecNode node, ImmutableArray<string> names, string orElse) =>
        node is SpecText { Value: { } name } && names.Contains(name, StringComparer.OrdinalIgnoreCase) ? name : Refuse<string?>(node, $"must be {Or(names)}{orElse}", null);

    private NamedNumbers Numbers(SpecMap map) => NamedNumbers.Of(ByName(map, node => Number(node) ?? 0));

    private RunLabels NamedTexts(SpecMap map) => RunLabels.Of(ByName(map, node => node is SpecText { Value.Length: > 0 } text ? text.Value : Refuse(node, "must be a text", "")));

    private Dictionary<string, T> ByName<T>(SpecMap map, Func<SpecNode, T> read)
    {
        var values = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var field in map.Fields)
        {
            if (!values.TryAdd(field.Name, read(field.Value)))
            {
                problems.Add(new(field.Value.Origin.Field, field.Value.Origin.Locate("is given twice")));
            }
        }

        return values;
    }

    private double? Number(SpecNode node) =>
        node is SpecText { Value: { } text }
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : Refuse<double?>(node, "must be a number", null);

    private T Refuse<T>(SpecNode node, string expected, T instead)
    {
        var got = node is SpecText { Value: "" } ? "nothing" : node.Describe();
        problems.Add(new(node.Origin.Field, node.Origin.Locate($"{expected}, got {got}")));
        return instead;
    }

    private static string Or(IEnumerable<string> words)
    {
        var all = words.ToList();
        return $"{string.Join(", ", all.SkipLast(1))} or {all[^1]}";
    }
}
