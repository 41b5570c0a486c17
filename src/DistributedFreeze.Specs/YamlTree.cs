using System.Collections.Immutable;
using DistributedFreeze.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DistributedFreeze.Specs;

/// <summary>Reads the YAML of one run file into a tree that knows its lines.</summary>
/// <remarks>
/// It works on YAML's events and not on a deserializer: those give up at the first problem, forget lines, and expand
/// aliases. A run file needs no alias, so all of them are refused, and with them files that grow a billionfold when read.
/// </remarks>
internal sealed class YamlTree
{
    private const int MaxDepth = 16;

    private readonly Parser _events;
    private readonly string _name;
    private readonly List<Problem> _problems;

    private YamlTree(TextReader text, string name, List<Problem> problems)
    {
        _events = new Parser(text);
        _name = name;
        _problems = problems;
    }

    /// <param name="text">YAML.</param>
    /// <param name="name">What to call the text in errors.</param>
    /// <param name="problems">Receives keys that are given twice.</param>
    /// <exception cref="InvalidInputException">The text is not YAML, or not one document of fields.</exception>
    public static SpecMap Read(TextReader text, string name, List<Problem> problems)
    {
        try
        {
            return new YamlTree(text, name, problems).Document();
        }
        catch (YamlException mistake)
        {
            throw new InvalidInputException(
                name, $"line {mistake.Start.Line}, column {mistake.Start.Column}: is not valid YAML: {OneLine(mistake.Message)}");
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner says so of a plain word below an open brace or bracket that is indented less.
            throw new InvalidInputException(name, "is not valid YAML: a brace or bracket is not closed, or what stands in it is indented less than it");
        }
    }

    private SpecMap Document()
    {
        _events.Consume<StreamStart>();
        if (_events.Accept<StreamEnd>(out _))
        {
            throw new InvalidInputException(_name, "is empty");
        }

        _events.Consume<DocumentStart>();
        var root = Node("", depth: 0);
        _events.Consume<DocumentEnd>();
        if (!_events.Accept<StreamEnd>(out _))
        {
            throw Refused(_events.Current!, "a second document starts here; a run file is one document");
        }

        return root switch
        {
            SpecMap map => map,
            SpecText { Value: null or "" } => throw new InvalidInputException(_name, "is empty"),
            _ => throw new InvalidInputException(_name, $"must hold fields such as 'phases:', got {root.Describe()}"),
        };
    }

    private SpecNode Node(string path, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Refused(_events.Current!, $"is nested more than {MaxDepth} deep");
        }

        if (_events.TryConsume<Scalar>(out var scalar))
        {
            return new SpecText(Origin(path, scalar), Value(scalar));
        }

        if (_events.TryConsume<SequenceStart>(out var sequence))
        {
            var items = ImmutableArray.CreateBuilder<SpecNode>();
            while (!_events.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Node($"{path}[{items.Count}]", depth + 1));
            }

            return new SpecList(Origin(path, sequence), items.ToImmutable());
        }

        if (_events.TryConsume<MappingStart>(out var mapping))
        {
            return Map(path, depth, Origin(path, mapping));
        }

        throw Refused(_events.Current!, "aliases (*name) are not used in a run file");
    }

    private SpecMap Map(string path, int depth, Origin origin)
    {
        var fields = ImmutableArray.CreateBuilder<SpecField>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            if (!_events.TryConsume<Scalar>(out var key))
            {
                throw Refused(_events.Current!, "a field's name must be a plain word");
            }

            var field = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            var value = Node(field, depth + 1);
            if (seen.Add(key.Value))
            {
                fields.Add(new(key.Value, value));
            }
            else
            {
                _problems.Add(new(field, Origin(field, key).Locate("is given twice")));
            }
        }

        return new(origin, fields.ToImmutable());
    }

    private static string? Value(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is "~" or "null" or "Null" or "NULL" ? null : scalar.Value;

    private Origin Origin(string path, ParsingEvent at) => new(path, $"{_name} line {at.Start.Line}");

    private InvalidInputException Refused(ParsingEvent at, string message) =>
        new(_name, $"line {at.Start.Line}, column {at.Start.Column}: {message}");

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
