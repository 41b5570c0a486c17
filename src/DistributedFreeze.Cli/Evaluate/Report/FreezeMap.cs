using System.Globalization;
using System.Net;
using System.Text;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>Every layer of the base as a cell, one row of stages for each phase: what trained in it, and what stayed as it was loaded.</summary>
internal static class FreezeMap
{
    public static string Of(Receipt receipt)
    {
        var table = LayerTable.For(receipt.Spec.Model);
        var html = new StringBuilder("<div id=\"freeze-map\">");
        foreach (var (number, phase) in receipt.Spec.Phases.Index())
        {
            var open = FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{number}].freeze").Trainable;
            html.Append(Text($"<h3>Phase {number + 1}: {open.Count(flag => flag)} of {open.Length} layers open, and the head</h3><div class=\"phase\">"));
            foreach (var stage in table.Layers.GroupBy(layer => layer.Stage))
            {
                html.Append($"<div class=\"stage\"><span>{WebUtility.HtmlEncode(stage.Key)}</span><div>");
                foreach (var layer in stage)
                {
                    var state = !layer.HasParameters ? "bare" : open[layer.Index] ? "open" : "frozen";
                    html.Append($"<i class=\"{state}\" title=\"{WebUtility.HtmlEncode(layer.Name)}: {Word(state)}\"></i>");
                }

                html.Append("</div></div>");
            }

            html.Append("</div>");
        }

        html.Append("<p class=\"legend\"><i class=\"open\"></i> trains <i class=\"frozen\"></i> frozen <i class=\"bare\"></i> has no parameters</p></div>");
        return html.Append(Text($"<p>{receipt.FrozenLayers.Length} layers with parameters stayed frozen throughout; every one of them ended with the SHA-256 that it was loaded with.</p>")).ToString();
    }

    private static string Word(string state) => state switch
    {
        "open" => "trains",
        "bare" => "has no parameters",
        _ => "frozen",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
