using System.Collections.Immutable;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights;

/// <summary>A safetensors file with torchvision's names, under the project's.</summary>
internal sealed class TranslatedSafetensors : ITensorFile
{
    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, string> _originals;

    private TranslatedSafetensors(SafetensorsFile file, Dictionary<string, string> originals)
    {
        (_file, _originals) = (file, originals);
        var infos = file.Tensors.ToDictionary(info => info.Name, StringComparer.Ordinal);
        Tensors = originals.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => infos[pair.Value] with { Name = pair.Key }).ToImmutableArray();
    }

    public string Path => _file.Path;

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <returns>The file itself where its names are not torchvision's.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read, or two of its names mean one tensor.</exception>
    public static ITensorFile Open(string path, string field)
    {
        var file = SafetensorsFile.Open(path, field);
        if (!TorchvisionNames.Recognise(file.Tensors.Select(info => info.Name)))
        {
            return file;
        }

        var originals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in file.Tensors.Select(info => info.Name))
        {
            var translated = TorchvisionNames.TryTranslate(name, out var ours) ? ours : name;
            if (translated is not null && !originals.TryAdd(translated, name))
            {
                file.Dispose();
                throw new InvalidInputException(field, $"{path} holds {translated} twice, as {originals[translated]} and as {name}");
            }
        }

        return new TranslatedSafetensors(file, originals);
    }

    public void Read(string name, Span<float> destination) =>
        _file.Read(_originals.TryGetValue(name, out var original) ? original : throw new KeyNotFoundException($"{Path} has no tensor {name}."), destination);

    public void Dispose() => _file.Dispose();
}
