using System.Text.RegularExpressions;

namespace DistributedFreeze.Deployment.Image;

/// <summary>The instructions of the repository's Dockerfile, in order.</summary>
internal static partial class Dockerfile
{
    public static IReadOnlyList<(string Word, string Text)> Instructions { get; } = Read(File.ReadAllText(RepositoryRoot.In("Dockerfile")));

    /// <summary>Instructions of the image itself, those after the last FROM.</summary>
    public static IEnumerable<(string Word, string Text)> Final =>
        Instructions.Skip(Instructions.Select((instruction, at) => instruction.Word == "FROM" ? at : 0).Max() + 1);

    /// <summary>What the image's only instruction of this kind says.</summary>
    public static string Only(string word) => Assert.Single(Final, instruction => instruction.Word == word).Text;

    /// <summary>The image's variables.</summary>
    public static IReadOnlyDictionary<string, string> Variables { get; } =
        Words(Only("ENV")).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>What comes from the repository, and where it goes, without the copy of everything.</summary>
    public static IEnumerable<(string[] From, string To)> Copied =>
        from instruction in Instructions
        where instruction.Word == "COPY" && !instruction.Text.StartsWith("--from", StringComparison.Ordinal) && instruction.Text != ". ."
        let words = Words(instruction.Text)
        select (words[..^1], words[^1]);

    /// <summary>Default of a build argument; every stage that has one must have the same.</summary>
    public static string DefaultOf(string argument) => Assert.Single(
        Instructions.Where(instruction => instruction.Word == "ARG").Select(instruction => instruction.Text.Split('=', 2))
            .Where(pair => pair[0] == argument && pair.Length == 2).Select(pair => pair[1]).Distinct());

    public static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static List<(string, string)> Read(string text)
    {
        var lines = Continued().Replace(Comment().Replace(text, ""), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1].Trim()))];
    }

    [GeneratedRegex(@"^\s*#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n")]
    private static partial Regex Continued();
}
