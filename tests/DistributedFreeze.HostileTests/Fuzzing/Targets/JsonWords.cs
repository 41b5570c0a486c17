using System.Text;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>Pieces of JSON that readers take for something else than they expect.</summary>
internal static class JsonWords
{
    public static IEnumerable<byte[]> All =>
        ((string[])["null", "true", "{}", "[]", "[null]", "\"\"", "0", "-1", "1e400", "-0", "0.5", "2147483648", "99999999999999999999", "\"NaN\"", "\"\\ud800\"", "\\u0000", "\"$type\":", "\"$ref\":", ",", ":", "{", "}", "[", "]", "[[[[[[[[[[[[[[[[", "//", "\u00e9"])
        .Select(Encoding.UTF8.GetBytes);
}
