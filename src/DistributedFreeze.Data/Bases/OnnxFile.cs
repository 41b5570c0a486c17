using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Bases;

/// <summary>An ONNX model in a file: its nodes, constants, inputs and outputs, checked as far as reading needs it.</summary>
/// <remarks>
/// The file is anybody's. It is read whole, constants that lie outside it are not, and nothing is made of a number in it before it was compared with what is there.
/// Field numbers are those of github.com/onnx/onnx, onnx/onnx.proto (ModelProto, GraphProto). Immutable and thread-safe.
/// </remarks>
internal sealed class OnnxFile
{
    /// <summary>Protobuf's own limit, and that of a .NET array.</summary>
    private const long MostBytes = int.MaxValue - 64;

    private const int OldestOperators = 11;

    private readonly string _field;

    private OnnxFile(string path, string field) => (Path, _field) = (path, field);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>SHA-256 in lower-case hex: of the file or, where constants lie outside it, of what <see cref="HashWith"/> says.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Version of the format, as the file has it.</summary>
    public long IrVersion { get; private set; }

    /// <summary>Operator sets by domain; the empty domain is ONNX's own.</summary>
    public ImmutableArray<(string Domain, long Version)> OperatorSets { get; private set; } = [];

    /// <summary>Version of ONNX's own operators.</summary>
    public long OperatorSet => OperatorSets.Where(set => set.Domain is "" or "ai.onnx").Select(set => set.Version).DefaultIfEmpty(0).Max();

    /// <summary>Functions that nodes may name.</summary>
    public ImmutableArray<OnnxFunction> Functions { get; private set; } = [];

    /// <summary>Texts that the model's maker left.</summary>
    public FrozenDictionary<string, string> Metadata { get; private set; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Who made it, such as <c>pytorch</c>.</summary>
    public string Producer { get; private set; } = "";

    /// <summary>The nodes, each after those that it reads.</summary>
    public ImmutableArray<OnnxNode> Nodes { get; private set; } = [];

    /// <summary>Its constants by name.</summary>
    public FrozenDictionary<string, OnnxTensor> Constants { get; private set; } = FrozenDictionary<string, OnnxTensor>.Empty;

    /// <summary>Constants of which only some elements are stored, by name, each a SparseTensorProto.</summary>
    public FrozenDictionary<string, ReadOnlyMemory<byte>> SparseConstants { get; private set; } = FrozenDictionary<string, ReadOnlyMemory<byte>>.Empty;

    /// <summary>What callers give.</summary>
    public ImmutableArray<OnnxValue> Inputs { get; private set; } = [];

    /// <summary>What callers get.</summary>
    public ImmutableArray<OnnxValue> Outputs { get; private set; } = [];

    /// <summary>Files beside it that hold constants.</summary>
    public ImmutableArray<string> ExternalFiles { get; private set; } = [];

    /// <summary>What the files beside it held when they were hashed, as <see cref="ExternalFile.Sha256"/> says of their blocks.</summary>
    public FrozenDictionary<string, byte[]> ExternalBlocks { get; private set; } = FrozenDictionary<string, byte[]>.Empty;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">It cannot be read, is no ONNX model, too old, too large or damaged, or a file of constants is missing or not allowed.</exception>
    public static OnnxFile Open(string path, string field)
    {
        var model = new OnnxFile(path, field);
        try
        {
            var bytes = model.ReadAll();
            model.Parse(bytes);
            model.Check();
            model.Sha256 = model.HashWith(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            return model;
        }
        catch (FormatException damaged)
        {
            throw model.Refuse($"is damaged or no ONNX model: {damaged.Message}");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw model.Refuse($"cannot be read: {refused.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>What is wrong with it, as the error that a person reads.</summary>
    /// <param name="message">Goes behind the file's name.</param>
    /// <param name="field">The field at fault; null for that of the file itself.</param>
    public InvalidInputException Refuse(string message, string? field = null) =>
        new(field ?? _field, field is null || field == _field ? $"{Path} {message}" : message);

    /// <summary>Opens a file that holds constants.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidInputException">It is not there, or not allowed.</exception>
    public ExternalFile OpenExternal(string location) => ExternalFile.Open(Path, location, message => Refuse(message));

    /// <summary>The hash of everything that the model is.</summary>
    /// <param name="own">That of the file.</param>
    /// <returns>The same where there are no other files; else the SHA-256 of lines, each with a line feed: the file's, then that of each other file with a space and its path, in ordinal order.</returns>
    private string HashWith(string own)
    {
        if (ExternalFiles.IsEmpty)
        {
            return own;
        }

        var blocks = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var lines = ExternalFiles.Select(location =>
        {
            using var file = OpenExternal(location);
            (var whole, blocks[location]) = file.Sha256();
            return $"{whole} {location}\n";
        }).ToList();
        ExternalBlocks = blocks.ToFrozenDictionary(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{own}\n{string.Concat(lines)}")));
    }

    private byte[] ReadAll()
    {
        if (!File.Exists(Path))
        {
            throw Refuse($"{(Directory.Exists(Path) ? "is a folder" : "does not exist")}; an ONNX model, a file that ends in .onnx, would be right");
        }

        using var file = RootedFiles.OpenRead(Path);
        var length = RandomAccess.GetLength(file);
        if (length > MostBytes)
        {
            throw Refuse("has more than 2 GB; larger models keep their constants in a file beside them (external data)");
        }

        var bytes = new byte[length];
        using var stream = new FileStream(file, FileAccess.Read);
        stream.ReadExactly(bytes);
        return bytes;
    }

    private void Parse(ReadOnlyMemory<byte> bytes)
    {
        var graph = default(ReadOnlyMemory<byte>?);
        var limits = new OnnxLimits();
        var (sets, functions) = (ImmutableArray.CreateBuilder<(string, long)>(), ImmutableArray.CreateBuilder<OnnxFunction>());
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var fields = new ProtoReader(bytes);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: IrVersion = (long)fields.Value; break;
                case 2: Producer = fields.Text; break;
                case 7: graph = fields.Bytes; break;
                case 8:
                    limits.Add("operator sets");
                    sets.Add(ReadOperatorSet(fields.Bytes));
                    break;
                case 14:
                    limits.Add("texts of metadata");
                    var (key, value) = ReadEntry(fields.Bytes);
                    metadata[key] = value;
                    break;
                case 25:
                    limits.Add("functions");
                    functions.Add(OnnxFunction.Read(fields.Bytes, limits));
                    break;
            }
        }

        (OperatorSets, Functions, Metadata) = (sets.DrainToImmutable(), functions.DrainToImmutable(), metadata.ToFrozenDictionary(StringComparer.Ordinal));
        ParseGraph(graph ?? throw new FormatException("it has no graph"), limits);
    }

    private void ParseGraph(ReadOnlyMemory<byte> graph, OnnxLimits limits)
    {
        var nodes = ImmutableArray.CreateBuilder<OnnxNode>();
        var (inputs, outputs) = (new List<OnnxValue>(), ImmutableArray.CreateBuilder<OnnxValue>());
        var (constants, sparse) = (new Dictionary<string, OnnxTensor>(StringComparer.Ordinal), new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal));
        var fields = new ProtoReader(graph);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1:
                    limits.Add("nodes", OnnxLimits.MostNodes);
                    nodes.Add(OnnxNode.Read(fields.Bytes, 0, limits));
                    break;
                case 5:
                    limits.Add("constants");
                    var tensor = OnnxTensor.Read(fields.Bytes);
                    constants[tensor.Name] = tensor;
                    break;
                case 11:
                    limits.Add("inputs");
                    inputs.Add(OnnxValue.Read(fields.Bytes));
                    break;
                case 12:
                    limits.Add("outputs");
                    outputs.Add(OnnxValue.Read(fields.Bytes));
                    break;
                case 15:
                    limits.Add("constants");
                    var name = OnnxTensor.NameOfSparse(fields.Bytes);
                    sparse[name.Length > 0 ? name : throw new FormatException("it has a sparse constant without a name")] = fields.Bytes;
                    break;
            }
        }

        (Nodes, Outputs) = (nodes.DrainToImmutable(), outputs.DrainToImmutable());
        (Constants, SparseConstants) = (constants.ToFrozenDictionary(StringComparer.Ordinal), sparse.ToFrozenDictionary(StringComparer.Ordinal));
        Inputs = [.. inputs.Where(input => !constants.ContainsKey(input.Name))]; // before IR version 4 constants were inputs, too
        ExternalFiles = [.. constants.Values.Select(tensor => tensor.External?.Location).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private void Check()
    {
        if (IrVersion == 0 || OperatorSets.IsEmpty || Nodes.IsEmpty || Outputs.IsEmpty)
        {
            throw new FormatException("it has no version, operators, nodes or outputs");
        }

        if (OperatorSet < OldestOperators)
        {
            throw Refuse($"has operators of version {OperatorSet} (opset); {OldestOperators} or later is read: export it again with a later opset_version");
        }

        var there = Inputs.Select(input => input.Name).Concat(Constants.Keys).Concat(SparseConstants.Keys).ToHashSet(StringComparer.Ordinal);
        foreach (var node in Nodes)
        {
            if (node.Needs.FirstOrDefault(name => !there.Contains(name)) is { } missing)
            {
                throw new FormatException($"node '{node.Name}' ({node.Operator}) reads '{missing}', which nothing before it makes");
            }

            if (node.Outputs.FirstOrDefault(name => name.Length > 0 && !there.Add(name)) is { } twice)
            {
                throw new FormatException($"'{twice}' is made twice");
            }
        }

        if (Outputs.FirstOrDefault(output => !there.Contains(output.Name)) is { } nowhere)
        {
            throw new FormatException($"nothing makes its output '{nowhere.Name}'");
        }

        foreach (var tensor in Constants.Values)
        {
            _ = tensor.Elements;
        }
    }

    private static (string Domain, long Version) ReadOperatorSet(ReadOnlyMemory<byte> message)
    {
        var (domain, version) = ("", 0L);
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            (domain, version) = fields.Number switch { 1 => (fields.Text, version), 2 => (domain, (long)fields.Value), _ => (domain, version) };
        }

        return (domain, version);
    }

    private static (string Key, string Value) ReadEntry(ReadOnlyMemory<byte> message)
    {
        var (key, value) = ("", "");
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            (key, value) = fields.Number switch { 1 => (fields.Text, value), 2 => (key, fields.Text), _ => (key, value) };
        }

        return (key, value);
    }
}
