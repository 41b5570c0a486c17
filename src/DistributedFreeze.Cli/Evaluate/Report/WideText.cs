using OxyPlot;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>Measures text for whatever font a browser takes for <c>sans-serif</c>: OxyPlot's own measure is Arial's, and others are wider.</summary>
internal sealed class WideText() : PdfRenderContext(1, 1, OxyColors.Undefined)
{
    // DejaVu Sans, the widest of the common ones, takes 1.2 to 1.3 times that room.
    private const double Factor = 1.4;

    public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
    {
        var measured = base.MeasureText(text, "Arial", fontSize, fontWeight);
        return new(measured.Width * Factor, measured.Height);
    }
}
