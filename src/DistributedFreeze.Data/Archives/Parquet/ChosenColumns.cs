namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>The columns of a file that say what its images are.</summary>
/// <param name="Image">Their bytes.</param>
/// <param name="Name">What they were called as files; null where no column says.</param>
/// <param name="Label">Their classes; null where no column says.</param>
/// <param name="ClassNames">Names of the classes that numbers count; null where nothing says.</param>
internal sealed record ChosenColumns(ParquetColumn Image, ParquetColumn? Name, ParquetColumn? Label, IReadOnlyList<string>? ClassNames)
{
    /// <summary>Names of the column of classes, for a sentence.</summary>
    public const string LabelNames = "label, labels, class or cls";

    private static readonly string[] Labels = ["label", "labels", "class", "cls"];

    /// <summary>Chooses.</summary>
    /// <param name="columns">All columns.</param>
    /// <param name="features">What Hugging Face says of them.</param>
    /// <exception cref="InvalidDataException">There is no column of images, or several; or one is of another type.</exception>
    public static ChosenColumns Of(List<ParquetColumn> columns, HuggingFaceFeatures features)
    {
        var image = ImageOf(columns, features);
        var label = LabelOf(columns, features);
        return new(
            image,
            image.Path == image.Top ? null : columns.Find(column => column.Path == $"{image.Top}.path" && column is { Type: ParquetType.ByteArray, IsRepeated: false }),
            label,
            label is not null && features.Classes.TryGetValue(label.Top, out var names) && names.Count > 0 ? names : null);
    }

    private static ParquetColumn ImageOf(List<ParquetColumn> columns, HuggingFaceFeatures features)
    {
        var structs = columns.FindAll(column => column.Type == ParquetType.ByteArray && column.Path == $"{column.Top}.bytes");
        var bytes = columns.FindAll(column => column is { Type: ParquetType.ByteArray, IsText: false } && column.Path == column.Top);
        List<ParquetColumn> found = [.. structs, .. bytes];
        found = found.Exists(column => features.Images.Contains(column.Top)) ? found.FindAll(column => features.Images.Contains(column.Top)) : structs.Count > 0 ? structs : bytes;
        if (found is [{ IsRepeated: false } only])
        {
            return only;
        }

        throw new InvalidDataException(found.Count > 1
            ? $"has several columns of images, {string.Join(" and ", found.Select(column => $"'{column.Top}'"))}; write it with one of them alone"
            : (found.FirstOrDefault() ?? columns.Find(column => column.IsRepeated && column.Path.EndsWith(".bytes", StringComparison.Ordinal))) is { } list
                ? $"has lists of images in column '{list.Top}'; a row has one image"
                : $"has no column of images: one of bytes, or of structs of bytes and path as Hugging Face writes it; there {(columns.Count == 1 ? "is" : "are")} {Listed(columns)}");
    }

    private static ParquetColumn? LabelOf(List<ParquetColumn> columns, HuggingFaceFeatures features)
    {
        var found = columns.FindAll(column => features.Classes.ContainsKey(column.Top));
        if (found.Count == 0)
        {
            found = columns.FindAll(column => Labels.Contains(column.Top, StringComparer.OrdinalIgnoreCase));
        }

        found = found is [_, _, ..] && found.Find(column => column.Path == Labels[0]) is { } named ? [named] : found;
        if (found is [_, _, ..])
        {
            throw new InvalidDataException($"has several columns of classes, {string.Join(" and ", found.Select(column => $"'{column.Top}'").Distinct())}; call the one that counts label");
        }

        return found is [] or [{ IsRepeated: false, Type: ParquetType.Int32 or ParquetType.Int64 or ParquetType.ByteArray }]
            ? found.FirstOrDefault()
            : throw new InvalidDataException($"has {found[0].Kind} in column '{found[0].Top}'; a class is a whole number or a text");
    }

    private static string Listed(List<ParquetColumn> columns)
    {
        const int Most = 10;
        return string.Join(", ", columns.Take(Most).Select(column => $"'{column.Path}' ({column.Kind})")) + (columns.Count > Most ? $" and {columns.Count - Most} more" : "");
    }
}
