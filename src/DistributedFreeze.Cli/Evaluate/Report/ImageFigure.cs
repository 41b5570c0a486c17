using System.Text;
using DistributedFreeze.Errors;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>An image of a data set within a page, small and with its name.</summary>
internal static class ImageFigure
{
    /// <summary>Adds it.</summary>
    /// <param name="html">Receives it.</param>
    /// <param name="name">Name of the image, as text.</param>
    /// <param name="jpeg">The picture; null where the file cannot be read any more.</param>
    /// <param name="caption">HTML.</param>
    /// <param name="overlay">A PNG to be laid over it; null for none.</param>
    public static void Add(StringBuilder html, string name, byte[]? jpeg, string caption, byte[]? overlay = null)
    {
        html.Append("<figure>");
        if (jpeg is not null)
        {
            html.Append($"<div><img alt=\"{Html(name)}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\">");
            html.Append(overlay is null ? "</div>" : $"<img class=\"map\" alt=\"\" src=\"data:image/png;base64,{Convert.ToBase64String(overlay)}\"></div>");
        }

        html.Append($"<figcaption>{caption}<br><span>{Html(name)}</span></figcaption></figure>");
    }

    /// <summary>Makes the picture of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Pixels along a side.</param>
    /// <param name="maxPixels">Pixels above which the file is refused.</param>
    /// <returns>Null where the file is gone since.</returns>
    public static byte[]? Thumbnail(string path, int size, long maxPixels)
    {
        try
        {
            return Inference.Images.Thumbnail.Jpeg(path, size, maxPixels);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
