using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Deployment.Monitoring;

/// <summary>The names in a PromQL expression, as far as they tell which metrics and labels it needs.</summary>
/// <param name="Metrics">Metrics, with the labels that each is filtered by.</param>
/// <param name="Groupings">Labels in <c>by</c>, <c>on</c> and their like.</param>
internal sealed partial record PromQl(ImmutableArray<(string Metric, ImmutableArray<string> Labels)> Metrics, ImmutableArray<string> Groupings)
{
    private static readonly ImmutableHashSet<string> Operators = ["and", "or", "unless", "bool", "offset"];
    private static readonly ImmutableHashSet<string> LabelLists = ["by", "without", "on", "ignoring", "group_left", "group_right"];

    public static PromQl Parse(string expression)
    {
        var metrics = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        var groupings = ImmutableArray.CreateBuilder<string>();
        var tokens = Tokens().Matches(Ranges().Replace(Strings().Replace(expression, "\"\""), "")).Select(match => match.Value).ToList();
        for (var i = 0; i < tokens.Count; i++)
        {
            if (!IsName(tokens[i]) || Operators.Contains(tokens[i]))
            {
                continue;
            }

            var next = tokens.ElementAtOrDefault(i + 1);
            if (LabelLists.Contains(tokens[i]))
            {
                groupings.AddRange(NamesUntil(")", ref i));
            }
            else if (next == "{")
            {
                metrics.Add((tokens[i], NamesUntil("}", ref i)));
            }
            else if (next != "(" && !(LabelLists.Contains(next ?? "") && IsAggregation(tokens[i])))
            {
                metrics.Add((tokens[i], []));
            }
        }

        return new(metrics.ToImmutable(), groupings.ToImmutable());

        ImmutableArray<string> NamesUntil(string end, ref int at)
        {
            var names = ImmutableArray.CreateBuilder<string>();
            for (at++; tokens[at] != end; at++)
            {
                if (IsName(tokens[at]))
                {
                    names.Add(tokens[at]);
                }
            }

            return names.ToImmutable();
        }
    }

    /// <summary>An aggregation may say how before what: <c>sum by (run) (...)</c>.</summary>
    private static bool IsAggregation(string name) => name is "sum" or "max" or "min" or "avg" or "count" or "quantile" or "topk" or "bottomk" or "group";

    private static bool IsName(string token) => char.IsAsciiLetter(token[0]) || token[0] is '_' or ':';

    [GeneratedRegex("\\[[^\\]]*\\]")]
    private static partial Regex Ranges();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'")]
    private static partial Regex Strings();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+[a-zA-Z]*[0-9]*|[{}()]|[^\\s]")]
    private static partial Regex Tokens();
}
