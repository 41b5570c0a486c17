using System.Globalization;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Archives;

/// <summary>What an archive holds, by its headers: no image is opened.</summary>
/// <param name="name">What errors call the archive.</param>
/// <param name="archive">The archive.</param>
internal sealed class ArchiveContents(string name, IImageArchive archive)
{
    private const int MostProblems = 10;
    private const int LongestClass = 255;

    private readonly List<Problem> _problems = [];

    /// <summary>What errors call the archive.</summary>
    public string Name => name;

    /// <summary>The archive.</summary>
    public IImageArchive Archive => archive;

    /// <summary>The images; an image's place in the list is its number in the archive.</summary>
    public List<ArchivedImage> Images { get; } = [];

    /// <summary>What is not used, by its name in the archive, and why.</summary>
    public List<(string Name, string Reason)> Ignored { get; } = [];

    /// <summary>Names of the classes that labels count; null where the archive has none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Why an image without a label is not used.</summary>
    public string Unlabelled { get; init; } = "no class beside it (.cls, .json or .txt)";

    /// <summary>Takes note of something that is not right.</summary>
    /// <param name="part">Its name in the archive.</param>
    /// <param name="message">What is wrong with it, and what would be right.</param>
    /// <exception cref="InvalidInputException">There have been that many that no more are looked for.</exception>
    public void Refuse(string part, string message)
    {
        _problems.Add(new($"{name}/{part}", message));
        if (_problems.Count == MostProblems)
        {
            throw new InvalidInputException(_problems);
        }
    }

    /// <summary>Ends it all where something was not right.</summary>
    /// <exception cref="InvalidInputException">It was not.</exception>
    public void ThrowIfRefused()
    {
        if (_problems.Count > 0)
        {
            throw new InvalidInputException(_problems);
        }
    }

    /// <summary>Whether a text may be the name of a class.</summary>
    public static bool IsClass(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestClass && !text.Any(char.IsControl);

    /// <summary>What a class must be, for a sentence.</summary>
    public static string RightClass { get; } = string.Create(CultureInfo.InvariantCulture, $"a class is a text of 1 to {LongestClass} characters on one line, or a whole number");
}

/// <summary>An image in an archive.</summary>
/// <param name="Name">Its name there, with <c>/</c> between the parts: no other image of the archive has it.</param>
/// <param name="Key">What it is called wherever it lies; no name of a class or a file, but what its split follows from.</param>
/// <param name="Label">Its class; null where the archive says none.</param>
internal readonly record struct ArchivedImage(string Name, string Key, ArchivedLabel? Label);

/// <summary>The class of an image as an archive says it.</summary>
/// <param name="Text">The class, or its number.</param>
/// <param name="Number">The number, where it is one.</param>
internal readonly record struct ArchivedLabel(string Text, long? Number)
{
    /// <summary>A text, which may be a number.</summary>
    public static ArchivedLabel Of(string text) =>
        new(text, long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null);

    /// <summary>A number.</summary>
    public static ArchivedLabel Of(long number) => new(number.ToString(CultureInfo.InvariantCulture), number);
}
