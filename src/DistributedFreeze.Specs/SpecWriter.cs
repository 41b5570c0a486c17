using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Runs;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DistributedFreeze.Specs;

/// <summary>Writes a run specification as YAML: what its JSON says, field by field as <see cref="FieldGroup"/> has them.</summary>
internal sealed class SpecWriter
{
    private readonly Emitter _events;
    private readonly bool _pathsAsTheyAre;

    private SpecWriter(TextWriter text, bool pathsAsTheyAre)
    {
        _events = new(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, newLine: "\n"));
        _pathsAsTheyAre = pathsAsTheyAre;
    }

    public static string Write(RunSpec spec, bool pathsAsTheyAre = false)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var writer = new SpecWriter(text, pathsAsTheyAre);
        writer._events.Emit(new StreamStart());
        writer._events.Emit(new DocumentStart());
        writer.Group(JsonSerializer.SerializeToNode(spec, RunJson.Compact)!.AsObject(), FieldGroup.Run);
        writer._events.Emit(new DocumentEnd(isImplicit: true));
        writer._events.Emit(new StreamEnd());
        return text.ToString();
    }

    private void Group(JsonObject values, FieldGroup group)
    {
        _events.Emit(new MappingStart());
        foreach (var field in group.Fields)
        {
            // A value that is unset is left out: reading gives it back unset.
            if (values[field.Member.Name] is { } value and not JsonObject { Count: 0 })
            {
                Word(field.Field.Name);
                Value(value, field);
            }
        }

        _events.Emit(new MappingEnd());
    }

    private void Value(JsonNode value, FieldEntry field)
    {
        switch (value)
        {
            case JsonObject values when field.Inner is { } inner:
                Group(values, inner);
                break;
            case JsonObject named:
                _events.Emit(new MappingStart());
                foreach (var (name, entry) in named)
                {
                    Text(name);
                    if (field.Type == FieldType.NamedTexts)
                    {
                        Text(entry!.GetValue<string>());
                    }
                    else
                    {
                        Word(Number(entry!));
                    }
                }

                _events.Emit(new MappingEnd());
                break;
            case JsonArray items:
                List(items, field);
                break;
            default:
                Scalar(value, field);
                break;
        }
    }

    private void List(JsonArray items, FieldEntry field)
    {
        _events.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, field.Inner is null ? SequenceStyle.Flow : SequenceStyle.Block));
        foreach (var item in items)
        {
            if (field.Inner is { } inner)
            {
                Group(item!.AsObject(), inner);
            }
            else if (field.Type == FieldType.Texts)
            {
                Text(item!.GetValue<string>());
            }
            else
            {
                Word(Number(item!));
            }
        }

        _events.Emit(new SequenceEnd());
    }

    private void Scalar(JsonNode value, FieldEntry field)
    {
        switch (field.Type)
        {
            case FieldType.Text when FilePaths.Has(field.Field.Path):
                Text(FullPath(value.GetValue<string>()));
                break;
            case FieldType.Text:
                Text(value.GetValue<string>());
                break;
            case FieldType.Bytes:
                Word(ByteSize.Format(value.GetValue<long>()));
                break;
            case FieldType.Flag:
                Word(value.GetValue<bool>() ? "true" : "false");
                break;
            case FieldType.Word or FieldType.WordOrNumbers when value.GetValueKind() == JsonValueKind.String:
                Word(value.GetValue<string>());
                break;
            default:
                Word(Number(value));
                break;
        }
    }

    private static string Number(JsonNode value) => value.ToJsonString();

    // Text of people is quoted: a folder may be called "null" or "~".
    private void Text(string text) => Emit(text, ScalarStyle.DoubleQuoted);

    private void Word(string word) => Emit(word, ScalarStyle.Plain);

    private void Emit(string value, ScalarStyle style) =>
        _events.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, style, isPlainImplicit: true, isQuotedImplicit: true));

    // A kept specification lies in another folder than the file it came from.
    private string FullPath(string path) => path.Length == 0 || _pathsAsTheyAre ? path : Path.GetFullPath(path);
}
