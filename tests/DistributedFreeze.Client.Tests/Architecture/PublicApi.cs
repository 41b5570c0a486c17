using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>What a built assembly offers to others: a line for each type, and one for each of its members.</summary>
/// <remarks>What the compiler makes for every record and enumeration, and what Orleans generates, is left out: it follows from the rest.</remarks>
internal static class PublicApi
{
    private const SymbolDisplayMiscellaneousOptions Words =
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers;

    private const SymbolDisplayGenericsOptions Generics = SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints;

    private static readonly SymbolDisplayFormat FullName = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces, genericsOptions: Generics, miscellaneousOptions: Words);

    private static readonly SymbolDisplayFormat Short = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: Generics,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        extensionMethodStyle: SymbolDisplayExtensionMethodStyle.StaticMethod,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: Words | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    private static readonly string[] OfEveryRecord =
        ["<Clone>$", "Deconstruct", "EqualityContract", "Equals", "GetHashCode", "PrintMembers", "ToString", "op_Equality", "op_Inequality"];

    private static readonly Lazy<CSharpCompilation> Compilation = new(() => CSharpCompilation.Create(
        "reader",
        references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))));

    /// <param name="assembly">Name of an assembly that this program runs with.</param>
    /// <returns>The lines, type by type.</returns>
    public static List<string> Of(string assembly)
    {
        var found = Compilation.Value.References.Select(Compilation.Value.GetAssemblyOrModuleSymbol).OfType<IAssemblySymbol>().Single(symbol => symbol.Name == assembly);
        return [.. Types(found.GlobalNamespace).OrderBy(NameOf, StringComparer.Ordinal).SelectMany(Lines)];
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(member => member switch
    {
        INamespaceSymbol { Name: not "OrleansCodeGen" } inner => Types(inner),
        INamedTypeSymbol type when IsOffered(type) => Types(type).Prepend(type),
        _ => [],
    });

    private static IEnumerable<string> Lines(INamedTypeSymbol type) => type.GetMembers()
        .Where(member => member is not INamedTypeSymbol && IsOffered(member) && !IsMade(type, member))
        .Select(member => $"{NameOf(type)}: {member.ToDisplayString(Short)}")
        .Order(StringComparer.Ordinal)
        .Prepend($"{Kind(type)} {NameOf(type)}{Bases(type)}");

    private static string NameOf(INamedTypeSymbol type) => type.ToDisplayString(FullName);

    private static string Kind(INamedTypeSymbol type) => type switch
    {
        { TypeKind: not TypeKind.Class } => $"{(type.IsReadOnly ? "readonly " : "")}{(IsRecord(type) ? "record " : "")}{type.TypeKind.ToString().ToLowerInvariant()}",
        { IsStatic: true } => "static class",
        _ => $"{(type.IsSealed ? "sealed " : type.IsAbstract ? "abstract " : "")}{(IsRecord(type) ? "record" : "class")}",
    };

    private static string Bases(INamedTypeSymbol type)
    {
        var derived = type is { TypeKind: TypeKind.Class, BaseType: { SpecialType: not SpecialType.System_Object } from } ? [from] : Array.Empty<INamedTypeSymbol>();
        var bases = derived.Concat(type.Interfaces.Where(one => !IsOwnEquality(type, one))).Select(one => one.ToDisplayString(Short)).ToList();
        return bases.Count == 0 ? "" : $" : {string.Join(", ", bases)}";
    }

    private static bool IsOffered(ISymbol symbol) => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    private static bool IsMade(INamedTypeSymbol type, ISymbol member) => member switch
    {
        IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove } => true,
        IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.IsEmpty: true } => type.IsValueType,
        IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [var copied] } => SymbolEqualityComparer.Default.Equals(copied.Type, type),
        IFieldSymbol { Name: "value__" } => true,
        _ => IsRecord(type) && OfEveryRecord.Contains(member.Name),
    };

    /// <summary>Metadata does not tell a record struct from another one that is equal by its values.</summary>
    private static bool IsRecord(INamedTypeSymbol type) => type.IsRecord || (type.TypeKind == TypeKind.Struct && type.Interfaces.Any(one => IsOwnEquality(type, one)));

    private static bool IsOwnEquality(INamedTypeSymbol type, INamedTypeSymbol one) =>
        one is { Name: "IEquatable", TypeArguments: [var other] } && SymbolEqualityComparer.Default.Equals(other, type);
}
