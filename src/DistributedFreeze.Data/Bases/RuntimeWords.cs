using System.Text.RegularExpressions;

namespace DistributedFreeze.Data.Bases;

/// <summary>What ONNX Runtime says of a stranger's graph, for a person: without the places and signatures of its own source. Pure and thread-safe.</summary>
internal static partial class RuntimeWords
{
    private const int Longest = 300;

    /// <summary>Node names and sizes are a stranger's: more is not looked at.</summary>
    private const int MostRead = 20_000;

    /// <summary>A graph that ONNX Runtime refused, behind the file's name.</summary>
    /// <param name="message">What it said.</param>
    public static string Failed(string message) => $"cannot be computed: {Of(message)}";

    /// <summary>A graph that did not end, behind the file's name.</summary>
    /// <param name="limit">How long it was waited for.</param>
    public static string Late(TimeSpan limit) => $"was not done with one image after {limit.TotalSeconds:0} s";

    /// <summary>The operator and the node, where they are named, and what follows the last place in the source, in one line.</summary>
    /// <param name="message">What ONNX Runtime said.</param>
    public static string Of(string message)
    {
        var line = message[..Math.Min(MostRead, message.Length)].ReplaceLineEndings(" ").Replace(OnnxRename.Prefix, "", StringComparison.Ordinal);
        var node = Node().Match(line);
        var said = Place().Matches(line) is [.., var place] ? WithoutSignature(line[(place.Index + place.Length)..]) : node.Success ? line[(node.Index + node.Length)..] : line;
        said = Code().Replace(said, "", 1).Trim(' ', '.');
        var whole = node.Success ? $"{node.Groups["operator"].Value} node '{node.Groups["name"].Value}': {said}" : said;
        return whole.Length <= Longest ? whole : $"{whole[..Longest].TrimEnd()}...";
    }

    /// <summary>A place is followed by the function that it is in: <c>void ns::Name&lt;T&gt;::Do(const A&amp;) const [with T = float] </c>.</summary>
    private static string WithoutSignature(string text)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0 || !text[..open].Contains("::", StringComparison.Ordinal))
        {
            return text;
        }

        var (end, depth) = (open, 0);
        do
        {
            depth += text[end] switch { '(' => 1, ')' => -1, _ => 0 };
            end++;
        }
        while (depth > 0 && end < text.Length);
        return depth > 0 ? text : Suffix().Replace(text[end..], "", 1);
    }

    [GeneratedRegex("""while running (?<operator>[^ ]+) node\. Name:'(?<name>[^']*)'( Status Message:)?""", RegexOptions.NonBacktracking)]
    private static partial Regex Node();

    [GeneratedRegex("""^(ONNX Runtime refused: )?(\[ErrorCode:[A-Za-z]+\] )?""", RegexOptions.NonBacktracking)]
    private static partial Regex Code();

    [GeneratedRegex("""[^ ]+\.(h|hpp|cc|cpp|cu|cuh):[0-9]+ """, RegexOptions.NonBacktracking)]
    private static partial Regex Place();

    [GeneratedRegex("""^( const)?( noexcept)?( \[with [^\]]*\])?""", RegexOptions.NonBacktracking)]
    private static partial Regex Suffix();
}
