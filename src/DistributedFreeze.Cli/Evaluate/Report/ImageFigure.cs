using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;
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

    /// <summary>Makes the picture of an image.</summary>
    /// <param name="image">The image file, or what else holds it.</param>
    /// <param name="size">Pixels along a side.</param>
    /// <param name="maxPixels">Pixels above which the file is refused.</param>
    /// <returns>Null where the file is gone since.</returns>
    public static byte[]? Thumbnail(ImageContent image, int size, long maxPixels)
    {
        try
        {
            return Inference.Images.Thumbnail.Jpeg(image, size, maxPixels);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
