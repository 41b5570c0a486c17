using System.Text.RegularExpressions;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Client.Tests.Fields;

/// <summary>No text in the sources names a field of a run in a way that only some of its readers write it.</summary>
public sealed partial class FieldMentionTests
{
    /// <summary>Where the names themselves are at home.</summary>
    private static readonly string[] OfNames = ["/Abstractions/Fields/", "/Client/Specs/", "/Options/RunOptionTable.cs", "/Cli/Reference/"];

    [Fact]
    public void EveryMention_IsOfAFieldThatThereIs()
    {
        var mentions = Texts().SelectMany(text => Mention().Matches(text.Text).Select(match => (text.Place, Path: match.Groups[1].Value))).ToList();

        Assert.NotEmpty(mentions);
        Assert.All(mentions, mention => Assert.True(
            mention.Path == "resume" || RunFields.Find(Hole().Replace(mention.Path, "[]")) is not null, $"{mention.Place}: {mention.Path}"));
    }

    [Fact]
    public void NoField_IsNamedBarely_WithinAText()
    {
        var paths = RunFields.All.SelectMany(field => new[] { field.Path, field.Json, field.Path.Split('.')[^1] })
            .Where(path => path.Contains('.', StringComparison.Ordinal) || path.Contains('_', StringComparison.Ordinal))
            .Distinct()
            .Select(path => Regex.Escape(path).Replace(@"\[]", @"\[[^\]]*\]", StringComparison.Ordinal));
        var named = new Regex($@"(?<![\w.])({string.Join('|', paths)})(?![\w.])");

        Assert.All(Texts(), text =>
        {
            var rest = Value().Replace(Mention().Replace(text.Text, ""), "{}");
            Assert.False(named.Match(rest) is { Success: true } match && match.Value != Item().Replace(rest, ""), $"{text.Place}: {text.Text}");
        });
    }

    [Fact]
    public void NoOptionOfARun_IsNamedOutsideTheCommand() => Assert.All(
        Texts().Where(text => !text.Place.Contains("/DistributedFreeze.Cli/", StringComparison.Ordinal)),
        text => Assert.DoesNotContain(
            Cli.Options.RunOptionTable.All, option => Regex.IsMatch(text.Text, $@"(?<![\w-]){option.Name}(?![\w-])")));

    private static IEnumerable<(string Place, string Text)> Texts() =>
        from path in Directory.EnumerateFiles(RepositoryRoot.In("src"), "*.cs", SearchOption.AllDirectories)
        where !path.Contains("/obj/", StringComparison.Ordinal) && !OfNames.Any(name => path.Replace("DistributedFreeze.", "", StringComparison.Ordinal).Contains(name, StringComparison.Ordinal))
        from line in File.ReadLines(path).Select((text, index) => (Text: text, Number: index + 1))
        where !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal)
        from match in Literal().Matches(line.Text)
        select ($"{path}:{line.Number}", match.Groups[1].Value);

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("`([a-z][^`: ]*)(?:: [^`]*)?`")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?<!\[)\{[^}]*\}")]
    private static partial Regex Value();

    [GeneratedRegex(@"\[\{[^}]*\}\]\z")]
    private static partial Regex Item();
}
