using System.Text.Json;

namespace DistributedFreeze.Benchmarks;

/// <summary>A file of results, a line of JSON each: what was broken off goes on.</summary>
/// <typeparam name="T">One result.</typeparam>
/// <param name="path">The file, which need not be there yet.</param>
internal sealed class LineFile<T>(string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly List<T> _lines = File.Exists(path) ? [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, Json)!)] : [];

    /// <summary>Those that are known.</summary>
    public IReadOnlyList<T> Lines => _lines;

    /// <summary>Writes one more.</summary>
    public void Add(T line)
    {
        File.AppendAllText(path, JsonSerializer.Serialize(line, Json) + "\n");
        _lines.Add(line);
    }
}
