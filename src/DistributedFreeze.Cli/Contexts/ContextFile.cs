using DistributedFreeze.Errors;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace DistributedFreeze.Cli.Contexts;

/// <summary>The file that names clusters; replaced whole when it changes.</summary>
internal sealed class ContextFile(string path)
{
    /// <summary>Environment variable that names another file.</summary>
    public const string Variable = "DFREEZE_CONTEXTS";

    public string Path { get; } = path;

    /// <summary><c>dfreeze/contexts.yaml</c> in the user's folder of settings.</summary>
    public static ContextFile OfUser() => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path
        ? path
        : System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "dfreeze", "contexts.yaml"));

    /// <returns>An empty list where there is no file.</returns>
    /// <exception cref="InvalidInputException">The file cannot be read, or says what it should not.</exception>
    public ContextList Read()
    {
        try
        {
            using var text = new StreamReader(Path);
            return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<ContextList?>(text) ?? new();
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new();
        }
        catch (YamlException mistake)
        {
            throw new InvalidInputException(Path, $"line {mistake.Start.Line}: {(mistake.InnerException ?? mistake).Message.ReplaceLineEndings(" ")}");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(Path, $"cannot be read: {refused.Message}");
        }
    }

    /// <exception cref="InvalidInputException">The file cannot be written.</exception>
    public void Write(ContextList contexts)
    {
        var yaml = new SerializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
            .WithAttributeOverride<ContextList>(list => list.Used!, new YamlIgnoreAttribute())
            .Build()
            .Serialize(contexts);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
            var written = Path + ".new";
            File.WriteAllText(written, yaml);
            File.Move(written, Path, overwrite: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(Path, $"cannot be written: {refused.Message}");
        }
    }
}
