using System.Reflection;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Wire;

/// <summary>
/// The wire only grows: what OrleansContracts.txt is for calls, <c>wire-types.txt</c> is for their data. A line of it may be added; one that
/// changes or goes breaks silos of two versions that talk to each other, and what was stored before.
/// </summary>
public sealed class WireTypesTests
{
    [Fact]
    public void EveryType_KeepsItsAliasAndIds()
    {
        var declared = Declared();

        var found = Found();

        Assert.True(
            declared.SequenceEqual(found),
            $"""
            Gone from the code, which breaks the wire: {List(declared.Except(found))}
            Not yet in wire-types.txt, to be added there: {List(found.Except(declared))}
            """);
    }

    [Fact]
    public void NoAlias_IsUsedTwice() => Assert.Distinct(Types().Select(Alias));

    private static List<string> Declared()
    {
        using var reader = new StreamReader(typeof(WireTypesTests).Assembly.GetManifestResourceStream("wire-types.txt")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    private static List<string> Found() =>
        [.. Types().SelectMany(Lines).Concat(OurTypes().Where(type => type.IsEnum).SelectMany(Values)).Order(StringComparer.Ordinal)];

    private static IEnumerable<Type> Types() =>
        OurTypes().Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false) is not null);

    private static IEnumerable<Type> OurTypes() =>
        new[] { typeof(RunSpec).Assembly, typeof(IRunGrain).Assembly, typeof(RunRecord).Assembly }.SelectMany(assembly => assembly.GetTypes());

    private static IEnumerable<string> Values(Type type) =>
        Enum.GetValues(type).Cast<object>().Select(value => $"{type.Name} {Convert.ToInt32(value, null):D2} {value}");

    private static IEnumerable<string> Lines(Type type)
    {
        yield return Alias(type);
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            if (field.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return $"{Alias(type)} {id.Id:D2} {char.ToUpperInvariant(field.Name[1])}{field.Name[2..]}: {Name(field.FieldType)}"; // of the property that it stands for
            }
        }

        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            if (property.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return $"{Alias(type)} {id.Id:D2} {property.Name}: {Name(property.PropertyType)}";
            }
        }
    }

    private static string Alias(Type type) =>
        type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? throw new InvalidOperationException($"{type} has no alias.");

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? type.Name;

    private static string List(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"{Environment.NewLine}  {line}"));
}
