using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>Reads from a built assembly which type uses which: in signatures, in base types and in the code of methods.</summary>
/// <remarks>Constants and enum values are compiled into their users, and documentation isn't in an assembly: neither counts as use.</remarks>
internal sealed class UsedTypes(MetadataReader metadata, PEReader image) : ISignatureTypeProvider<ImmutableArray<EntityHandle>, object?>
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    /// <summary>A type's namespace and name. A type within another counts as the outer one.</summary>
    internal readonly record struct Name(string Namespace, string Type);

    public static IEnumerable<(Name User, Name Used)> In(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var metadata = image.GetMetadataReader();
        return [.. new UsedTypes(metadata, image).All()];
    }

    private IEnumerable<(Name User, Name Used)> All() =>
        from handle in metadata.TypeDefinitions
        from used in UsedBy(metadata.GetTypeDefinition(handle)).Distinct()
        where !used.IsNil
        select (NameOf(handle), NameOf(used));

    private IEnumerable<EntityHandle> UsedBy(TypeDefinition type) =>
    [
        .. Named(type.BaseType),
        .. type.GetInterfaceImplementations().SelectMany(handle => Named(metadata.GetInterfaceImplementation(handle).Interface)),
        .. type.GetFields().SelectMany(handle => metadata.GetFieldDefinition(handle).DecodeSignature(this, null)),
        .. type.GetMethods().Select(metadata.GetMethodDefinition).SelectMany(method => (ImmutableArray<EntityHandle>)[.. Flat(method.DecodeSignature(this, null)), .. UsedByCode(method)]),
    ];

    private List<EntityHandle> UsedByCode(MethodDefinition method)
    {
        if (method.RelativeVirtualAddress == 0)
        {
            return [];
        }

        var used = new List<EntityHandle>();
        var body = image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            used.AddRange(metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null).SelectMany(local => local));
        }

        for (var code = body.GetILReader(); code.RemainingBytes > 0;)
        {
            var value = (int)code.ReadByte();
            var operand = OpCodesByValue[value == 0xFE ? 0xFE00 | code.ReadByte() : value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                used.AddRange(Named(MetadataTokens.EntityHandle(code.ReadInt32())));
                continue;
            }

            var start = code.Offset;
            code.Offset = start + operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * code.ReadInt32()),
                _ => 4,
            };
        }

        return used;
    }

    /// <summary>The types that a token names: itself, or the owner and the signature of a member.</summary>
    private ImmutableArray<EntityHandle> Named(EntityHandle token) => token.Kind switch
    {
        HandleKind.TypeDefinition or HandleKind.TypeReference => [token],
        HandleKind.TypeSpecification => metadata.GetTypeSpecification((TypeSpecificationHandle)token).DecodeSignature(this, null),
        HandleKind.FieldDefinition => [metadata.GetFieldDefinition((FieldDefinitionHandle)token).GetDeclaringType()],
        HandleKind.MethodDefinition => [metadata.GetMethodDefinition((MethodDefinitionHandle)token).GetDeclaringType()],
        HandleKind.MemberReference => Named(metadata.GetMemberReference((MemberReferenceHandle)token).Parent),
        HandleKind.MethodSpecification => OfGeneric(metadata.GetMethodSpecification((MethodSpecificationHandle)token)),
        _ => [],
    };

    private ImmutableArray<EntityHandle> OfGeneric(MethodSpecification method) =>
        [.. Named(method.Method), .. method.DecodeSignature(this, null).SelectMany(argument => argument)];

    private Name NameOf(EntityHandle handle)
    {
        if (handle.Kind == HandleKind.TypeDefinition)
        {
            var type = metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
            var outer = type.GetDeclaringType();
            return outer.IsNil ? new(metadata.GetString(type.Namespace), metadata.GetString(type.Name)) : NameOf(outer);
        }

        var reference = metadata.GetTypeReference((TypeReferenceHandle)handle);
        return reference.ResolutionScope.Kind == HandleKind.TypeReference
            ? NameOf(reference.ResolutionScope)
            : new(metadata.GetString(reference.Namespace), metadata.GetString(reference.Name));
    }

    private static ImmutableArray<EntityHandle> Flat(MethodSignature<ImmutableArray<EntityHandle>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(parameter => parameter)];

    public ImmutableArray<EntityHandle> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

    public ImmutableArray<EntityHandle> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [handle];

    public ImmutableArray<EntityHandle> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Named(handle);

    public ImmutableArray<EntityHandle> GetGenericInstantiation(ImmutableArray<EntityHandle> genericType, ImmutableArray<ImmutableArray<EntityHandle>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(argument => argument)];

    public ImmutableArray<EntityHandle> GetFunctionPointerType(MethodSignature<ImmutableArray<EntityHandle>> signature) => Flat(signature);

    public ImmutableArray<EntityHandle> GetModifiedType(ImmutableArray<EntityHandle> modifier, ImmutableArray<EntityHandle> unmodifiedType, bool isRequired) => unmodifiedType;

    public ImmutableArray<EntityHandle> GetArrayType(ImmutableArray<EntityHandle> elementType, ArrayShape shape) => elementType;

    public ImmutableArray<EntityHandle> GetByReferenceType(ImmutableArray<EntityHandle> elementType) => elementType;

    public ImmutableArray<EntityHandle> GetPinnedType(ImmutableArray<EntityHandle> elementType) => elementType;

    public ImmutableArray<EntityHandle> GetPointerType(ImmutableArray<EntityHandle> elementType) => elementType;

    public ImmutableArray<EntityHandle> GetSZArrayType(ImmutableArray<EntityHandle> elementType) => elementType;

    public ImmutableArray<EntityHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<EntityHandle> GetGenericTypeParameter(object? genericContext, int index) => [];

    public ImmutableArray<EntityHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];
}
