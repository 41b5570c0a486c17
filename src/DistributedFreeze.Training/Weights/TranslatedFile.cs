using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights;

/// <summary>A file with torchvision's, timm's or Hugging Face's names, or with ours behind a prefix, under the project's.</summary>
internal sealed class TranslatedFile : ITensorFile
{
    private readonly ITensorFile _file;
    private readonly Dictionary<string, string> _originals;

    private TranslatedFile(ITensorFile file, ForeignNames names, Dictionary<string, string> originals)
    {
        (_file, Names, _originals) = (file, names, originals);
        var infos = file.Tensors.ToDictionary(info => info.Name, StringComparer.Ordinal);
        Tensors = originals.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => infos[pair.Value] with { Name = pair.Key }).ToImmutableArray();
    }

    public string Path => _file.Path;

    public string Format => _file.Format;

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public IReadOnlyList<TensorInfo> Tensors { get; }

    public string Prefix => Names.Prefix;

    /// <summary>Whose names the file has.</summary>
    public ForeignNames Names { get; }

    public string NameInFile(string name) => _originals[name];

    /// <param name="file">The file under its own names; it belongs to what is returned, and is closed where this throws.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <returns>The file itself where its names are the project's, or nobody's.</returns>
    /// <exception cref="InvalidInputException">The file holds several networks, or two of its names mean one tensor.</exception>
    public static ITensorFile Of(ITensorFile file, string field)
    {
        try
        {
            return ForeignNames.In(file.Tensors.Select(info => info.Name)) switch
            {
                [] or [{ Prefix: "", Scheme: NameScheme.Project }] => file,
                [var names] => new TranslatedFile(file, names, Originals(file, names, field)),
                var several => throw new InvalidInputException(
                    field,
                    $"{file.Path} holds several networks, whose tensors begin with {string.Join(" and ", several.Select(names => $"'{names.Prefix}'").Distinct())}; save one of them"),
            };
        }
        catch (InvalidInputException)
        {
            file.Dispose();
            throw;
        }
    }

    public void Read(string name, Span<float> destination) =>
        _file.Read(_originals.TryGetValue(name, out var original) ? original : throw new KeyNotFoundException($"{Path} has no tensor {name}."), destination);

    public void Dispose() => _file.Dispose();

    private static Dictionary<string, string> Originals(ITensorFile file, ForeignNames names, string field)
    {
        var originals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in file.Tensors.Select(info => info.Name))
        {
            var translated = names.TryTranslate(name, out var ours) ? ours : name;
            if (translated is not null && !originals.TryAdd(translated, name))
            {
                throw new InvalidInputException(field, $"{file.Path} holds {translated} twice, as {originals[translated]} and as {name}");
            }
        }

        return originals;
    }
}
