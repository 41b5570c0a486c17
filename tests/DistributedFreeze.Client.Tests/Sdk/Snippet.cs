using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>A program that a page shows: compiled as it stands, without usings that it doesn't name.</summary>
/// <param name="code">The program.</param>
internal sealed class Snippet(string code)
{
    /// <summary>Stands before System.Console in the program, so that what it says is not lost among what others say.</summary>
    private const string OwnConsole = """
        internal static class Console
        {
            public static readonly System.Text.StringBuilder Said = new();

            public static void WriteLine(object said) => Said.Append(said).Append('\n');
        }
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    /// <summary>What the tests run with: .NET, ours, and whatever those need.</summary>
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>What the compiler says against it; empty where nothing.</summary>
    public IReadOnlyList<string> Problems() =>
        [.. Compilation(code).GetDiagnostics(TestContext.Current.CancellationToken).Where(found => found.Severity >= DiagnosticSeverity.Warning).Select(found => found.ToString())];

    /// <summary>Runs it.</summary>
    /// <param name="changes">Names in it, such as that of a file, and what takes their place.</param>
    /// <returns>What it said.</returns>
    public async Task<string> RunAsync(params (string Name, string Here)[] changes)
    {
        var here = changes.Aggregate(code, (text, change) =>
        {
            Assert.Contains(change.Name, text, StringComparison.Ordinal);
            return text.Replace(change.Name, change.Here, StringComparison.Ordinal);
        });
        using var image = new MemoryStream();
        var emitted = Compilation(here, OwnConsole).Emit(image, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        var assembly = Assembly.Load(image.ToArray());
        var main = assembly.EntryPoint!.DeclaringType!.GetMethod("<Main>$", BindingFlags.Static | BindingFlags.NonPublic)!; // asynchronous where the program is
        await (main.Invoke(null, [Array.Empty<string>()]) as Task ?? Task.CompletedTask);
        return assembly.GetType("Console")!.GetField("Said")!.GetValue(null)!.ToString()!;
    }

    private static CSharpCompilation Compilation(params string[] files) => CSharpCompilation.Create(
        $"snippet-{Guid.NewGuid():N}",
        files.Select(file => CSharpSyntaxTree.ParseText(file, Language)),
        References,
        new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
}
