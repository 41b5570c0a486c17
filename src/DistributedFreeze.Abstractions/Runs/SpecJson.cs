using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Freezing;

namespace DistributedFreeze.Runs;

/// <summary>Lets the JSON of a run say its fields as a run file does, in camel case, and read what it said before.</summary>
/// <remarks>
/// What a field was called before is read and never written. Keys of runs are made without this, by what fields were first called (<see cref="RunSpecKey"/>).
/// Pure and thread-safe.
/// </remarks>
public static class SpecJson
{
    private const string Freeze = "freeze";
    private const string Weights = "classWeights";
    private const string Factors = "classFactors";

    /// <summary>The fields of a phase that say which layers train, of which it has at most one, in JSON's names.</summary>
    public static ImmutableArray<string> FreezeForms { get; } = ["unfreezeLayers", "unfreeze", "from", "stage", "layers"];

    /// <summary>Fields that had another name before: that of the record's member.</summary>
    private static readonly ImmutableArray<(Type Type, string Former, string Name)> Renamed =
    [
        (typeof(DataSpec), "preprocessing", "preprocess"),
        (typeof(DataSpec), "forcePreprocessing", "forcePreprocess"),
        (typeof(DataSpec), "augmentation", "augment"),
        (typeof(FeatureSpec), "memoryBytes", "memory"),
        (typeof(FeatureSpec), "diskBytes", "disk"),
    ];

    /// <summary>What stands for a field that is still read and no longer written: its name today, or one of several.</summary>
    private static readonly ImmutableArray<(Type Type, string Former, string Name)> Formers =
        [.. Renamed, (typeof(PhaseSpec), Freeze, FreezeForms[0]), (typeof(RunSpec), Factors, Weights)];

    /// <summary>What a field is called that JSON called otherwise before.</summary>
    /// <param name="type">The record that has the field.</param>
    /// <param name="name">A name in JSON, in any case: it is read so.</param>
    /// <returns>Its name today; null where the name is no former one.</returns>
    public static string? NameOfFormer(Type type, string name) =>
        Formers.FirstOrDefault(field => field.Type == type && string.Equals(field.Former, name, StringComparison.OrdinalIgnoreCase)).Name;

    /// <summary>Changes how a type is read and written.</summary>
    internal static void Shape(JsonTypeInfo type)
    {
        foreach (var (_, former, name) in Renamed.Where(field => field.Type == type.Type))
        {
            var member = Find(type, former);
            var before = type.CreateJsonPropertyInfo(member.PropertyType, former);
            (before.Set, before.IsSetNullable, member.Name) = (member.Set, member.IsSetNullable, name);
            type.Properties.Add(before);
        }

        if (type.Type == typeof(PhaseSpec))
        {
            ShapePhase(type);
        }
        else if (type.Type == typeof(RunSpec))
        {
            ShapeWeights(type);
        }
    }

    private static void ShapePhase(JsonTypeInfo type)
    {
        var policy = Find(type, Freeze);
        var (get, set) = (policy.Get!, policy.Set!);
        policy.Get = null;
        Add<int?>(policy => (policy as FreezePolicy.LastLayers)?.Count, count => new FreezePolicy.LastLayers(count!.Value));
        Add<UnfreezeValue?>(
            policy => policy is FreezePolicy.None or FreezePolicy.All ? new UnfreezeValue(policy is FreezePolicy.All) : null,
            value => value!.Value.IsAll ? new FreezePolicy.All() : new FreezePolicy.None());
        Add<string>(policy => (policy as FreezePolicy.FromLayer)?.Layer, layer => new FreezePolicy.FromLayer(layer));
        Add<string>(policy => (policy as FreezePolicy.FromStage)?.Stage, stage => new FreezePolicy.FromStage(stage));
        Add<ImmutableArray<string>?>(policy => (policy as FreezePolicy.Named)?.Globs, globs => new FreezePolicy.Named(globs!.Value));

        void Add<T>(Func<object?, T?> of, Func<T, FreezePolicy> policy)
        {
            var number = type.Properties.Count(property => FreezeForms.Contains(property.Name));
            var form = type.CreateJsonPropertyInfo(typeof(T), FreezeForms[number]);
            form.Get = phase => of(get(phase));
            form.Set = (phase, value) => set(phase, value is T given ? policy(given) : get(phase));
            form.ShouldSerialize = (_, value) => value is not null;
            type.Properties.Insert(number, form);
        }
    }

    private static void ShapeWeights(JsonTypeInfo type)
    {
        var (word, numbers) = (Find(type, Weights), Find(type, Factors));
        var (getWord, setWord, getNumbers, setNumbers) = (word.Get!, word.Set!, numbers.Get!, numbers.Set!);
        numbers.Get = null;
        numbers.Set = (run, value) =>
        {
            if (value is NamedNumbers { IsEmpty: false })
            {
                setNumbers(run, value); // it was written empty where there were none
            }
        };
        var both = type.CreateJsonPropertyInfo(typeof(ClassWeightsValue), Weights);
        both.Get = run => new ClassWeightsValue((ClassWeighting)getWord(run)!, (NamedNumbers)getNumbers(run)!);
        both.Set = (run, value) =>
        {
            var given = (ClassWeightsValue)value!;
            setWord(run, given.Weighting);
            if (!given.Factors.IsEmpty)
            {
                setNumbers(run, given.Factors);
            }
        };
        type.Properties[type.Properties.IndexOf(word)] = both;
    }

    private static JsonPropertyInfo Find(JsonTypeInfo type, string name) => type.Properties.First(property => property.Name == name);
}
