namespace DistributedFreeze.Specs;

/// <summary>What may stand behind the name of a field.</summary>
public enum FieldType
{
    /// <summary>Any text.</summary>
    Text = 0,

    /// <summary>A number without a fraction.</summary>
    WholeNumber = 1,

    /// <summary>A number.</summary>
    Number = 2,

    /// <summary>A number of bytes, perhaps with K, M, G or T behind it for powers of 1,024.</summary>
    Bytes = 3,

    /// <summary>true or false.</summary>
    Flag = 4,

    /// <summary>One of a few words.</summary>
    Word = 5,

    /// <summary>A list of whole numbers.</summary>
    WholeNumbers = 6,

    /// <summary>A list of texts.</summary>
    Texts = 7,

    /// <summary>A group of fields.</summary>
    Map = 8,

    /// <summary>A list of groups of fields.</summary>
    Maps = 9,

    /// <summary>Numbers by name.</summary>
    Numbers = 10,

    /// <summary>One of a few words, or numbers by name.</summary>
    WordOrNumbers = 11,

    /// <summary>Texts by name.</summary>
    NamedTexts = 12,
}
