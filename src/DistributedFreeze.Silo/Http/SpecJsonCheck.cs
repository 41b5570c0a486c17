using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>Finds everything about a run's JSON that its types do not allow, by its path and in the words of someone who never saw the types.</summary>
/// <remarks>The serializer alone stops at the first, names .NET types, and takes the last of two values for one field.</remarks>
internal sealed class SpecJsonCheck
{
    private const string WeightsNow = "classWeights";
    private const string WeightsFormer = "classFactors";

    private readonly JsonSerializerOptions _options;
    private readonly List<Problem> _problems = [];

    private SpecJsonCheck(JsonSerializerOptions options) => _options = options;

    /// <exception cref="InvalidInputException">A field is unknown, missing, given twice or of the wrong type.</exception>
    public static void EnsureFits(JsonElement json, Type type, JsonSerializerOptions options)
    {
        var check = new SpecJsonCheck(options);
        check.Value(json, type, isNullable: false, "");
        if (check._problems.Count > 0)
        {
            throw new InvalidInputException(check._problems);
        }
    }

    private void Value(JsonElement json, Type type, bool isNullable, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (json.ValueKind == JsonValueKind.Null)
        {
            if (!isNullable)
            {
                Add(path, path.Length == 0 ? "must be a run's specification, got null" : "must not be null; leave it out where it has a default");
            }

            return;
        }

        var about = _options.GetTypeInfo(type);
        switch (about.Kind)
        {
            case JsonTypeInfoKind.Object when json.ValueKind == JsonValueKind.Object:
                Fields(json, about, path);
                break;
            case JsonTypeInfoKind.Enumerable when json.ValueKind == JsonValueKind.Array:
                foreach (var (index, item) in json.EnumerateArray().Index())
                {
                    Value(item, about.ElementType!, isNullable: false, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"));
                }

                break;
            case JsonTypeInfoKind.None when json.ValueKind == JsonValueKind.Object && (type == typeof(NamedNumbers) || type == typeof(ClassWeightsValue)):
                Entries(json, path, value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number), "a number");
                break;
            case JsonTypeInfoKind.None when json.ValueKind == JsonValueKind.Object && type == typeof(RunLabels):
                Entries(json, path, value => value.ValueKind == JsonValueKind.String, "a text");
                break;
            default:
                if (Wanted(json, type, about.Kind) is { } wanted)
                {
                    Add(path, $"must be {wanted}, got {Shown(json)}");
                }

                break;
        }
    }

    private void Entries(JsonElement json, string path, Func<JsonElement, bool> fits, string wanted)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in json.EnumerateObject())
        {
            if (!given.Add(entry.Name))
            {
                Add($"{path}.{entry.Name}", "is given twice");
            }
            else if (!fits(entry.Value))
            {
                Add($"{path}.{entry.Name}", $"must be {wanted}, got {Shown(entry.Value)}");
            }
        }
    }

    private void Fields(JsonElement json, JsonTypeInfo about, string path)
    {
        var discriminator = about.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        if (discriminator is not null)
        {
            if (Derived(json, about, discriminator, path) is not { } derived)
            {
                return;
            }

            about = _options.GetTypeInfo(derived);
        }

        var known = about.Properties.Select(property => property.Name).Where(name => SpecJson.NameOfFormer(about.Type, name) is null).Concat(discriminator is null ? [] : [discriminator]).ToList();
        var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in json.EnumerateObject())
        {
            var fieldPath = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (!given.TryAdd(Subject(about.Type, field.Name), field.Name))
            {
                var other = given[Subject(about.Type, field.Name)];
                Add(fieldPath, Same(other, field.Name) ? "is given twice" : $"cannot stand beside {other}, which says the same");
            }
            else if (about.Properties.FirstOrDefault(property => Same(property.Name, field.Name)) is { } property)
            {
                Value(field.Value, property.PropertyType, IsNullable(property), path.Length == 0 ? property.Name : $"{path}.{property.Name}");
            }
            else if (!Same(field.Name, discriminator))
            {
                Add(fieldPath, Unknown(field.Name, path, known));
            }
        }

        if (about.Type == typeof(RunSpec) && given.TryGetValue(WeightsNow, out var now) && given.TryGetValue(WeightsFormer, out var former)
            && json.GetProperty(now).ValueKind == JsonValueKind.Object)
        {
            Add(former, $"cannot stand beside {now}, which says the same");
        }

        foreach (var missing in about.Properties.Where(property => property.IsRequired && !given.ContainsKey(property.Name)))
        {
            Add(path.Length == 0 ? missing.Name : $"{path}.{missing.Name}", "is missing");
        }
    }

    /// <summary>What a field is about: two that are about the same cannot both be given.</summary>
    private static string Subject(Type type, string name)
    {
        if (type == typeof(RunSpec))
        {
            return name; // class weights stood in two fields before, a word and numbers, and both were written
        }

        var today = SpecJson.NameOfFormer(type, name) ?? name;
        return type == typeof(PhaseSpec) && SpecJson.FreezeForms.Contains(today, StringComparer.OrdinalIgnoreCase) ? SpecJson.FreezeForms[0] : today;
    }

    private Type? Derived(JsonElement json, JsonTypeInfo about, string discriminator, string path)
    {
        var words = about.PolymorphismOptions!.DerivedTypes.ToDictionary(derived => $"{derived.TypeDiscriminator}", derived => derived.DerivedType, StringComparer.Ordinal);
        var named = json.TryGetProperty(discriminator, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString()! : "";
        if (words.TryGetValue(named, out var type))
        {
            return type;
        }

        Add(path, $"must say by \"{discriminator}\" which layers train: {Or(words.Keys)}");
        return null;
    }

    private static string Unknown(string name, string path, List<string> known)
    {
        // Who writes a run file by hand writes its names here, too.
        var full = path.Length == 0 ? name : $"{path}.{name}";
        if (RunFields.All.FirstOrDefault(field => field.Path == full || field.Path[(field.Path.LastIndexOf('.') + 1)..] == name) is { } field)
        {
            var json = field.Json[(field.Json.LastIndexOf('.') + 1)..];
            if (json != name && known.Contains(json))
            {
                return $"unknown field '{name}'; in JSON it is called {json}";
            }
        }

        return NearNames.Of(name, known).Count > 0
            ? NearNames.Unknown("field", name, known)
            : $"unknown field '{name}'; the fields here are {string.Join(", ", known)}";
    }

    /// <returns>What would be right; null where the value is.</returns>
    private static string? Wanted(JsonElement json, Type type, JsonTypeInfoKind kind) => kind switch
    {
        JsonTypeInfoKind.Object when type == typeof(FreezePolicy) => "an object that says by \"policy\" which layers train",
        JsonTypeInfoKind.Object => "an object",
        JsonTypeInfoKind.Enumerable => "an array",
        _ when type == typeof(NamedNumbers) => "an object of numbers",
        _ when type == typeof(RunLabels) => "an object of texts",
        _ when type == typeof(UnfreezeValue) => json.ValueKind == JsonValueKind.String && UnfreezeValue.IsName(json.GetString()!) ? null : Or(UnfreezeValue.Names),
        _ when type == typeof(ClassWeightsValue) => IsOneOf(json, RunEnums.ClassWeights) ? null
            : $"{Or(RunEnums.ClassWeights.All)}, or an object of numbers by class",
        _ when RunEnums.Of(type) is { } names => IsOneOf(json, names) ? null : Or(names.All),
        _ when type == typeof(string) => json.ValueKind == JsonValueKind.String ? null : "a text",
        _ when type == typeof(bool) => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
        _ when type == typeof(double) => IsNumber(json, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) ? null : "a number",
        _ when type == typeof(long) => IsNumber(json, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) ? null : "a whole number",
        _ => IsNumber(json, text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) ? null
            : $"a whole number from {int.MinValue} to {int.MaxValue}",
    };

    private static bool IsOneOf(JsonElement json, EnumNames names) =>
        json.ValueKind == JsonValueKind.Number || (json.ValueKind == JsonValueKind.String && names.Has(json.GetString()!));

    private static bool IsNumber(JsonElement json, Func<string, bool> reads) => json.ValueKind switch
    {
        JsonValueKind.Number => reads(json.GetRawText()),
        JsonValueKind.String => reads(json.GetString()!),
        _ => false,
    };

    private static bool IsNullable(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is not null : property.IsSetNullable;

    private static bool Same(string one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static string Shown(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"'{Short(json.GetString()!)}'",
        _ => Short(json.GetRawText()),
    };

    private static string Short(string text) => text.Length <= 60 ? text : $"{text[..60]}...";

    private static string Or(IEnumerable<string> words)
    {
        var all = words.ToList();
        return $"{string.Join(", ", all.SkipLast(1))} or {all[^1]}";
    }

    private void Add(string path, string message) => _problems.Add(new(path.Length == 0 ? "body" : path, message));
}
