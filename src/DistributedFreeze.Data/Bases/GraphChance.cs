using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>Finds tensors that differ each time they are computed: those behind random operators, and behind layers that train.</summary>
/// <remarks>Features are kept, and computed by any replica in any order: they have to be the same each time. Bodies of loops, branches and functions are searched, too. Immutable.</remarks>
internal sealed class GraphChance
{
    private static readonly ImmutableHashSet<string> Random = ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"];

    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Domain, string Name), string> _functions = [];

    /// <param name="file">The model.</param>
    public GraphChance(OnnxFile file)
    {
        var callers = file.Functions.SelectMany(function => Calls(function.Body).Select(called => (Called: called, Caller: Key(function.Domain, function.Name))))
            .ToLookup(call => call.Called, call => call.Caller);
        var found = new Queue<(string Domain, string Name)>();
        foreach (var function in file.Functions)
        {
            if (Of(function.Body.Nodes, new(function.Body, null, _ => false)) is { } problem && _functions.TryAdd(Key(function.Domain, function.Name), problem))
            {
                found.Enqueue(Key(function.Domain, function.Name));
            }
        }

        // What names such a function is one, too.
        while (found.TryDequeue(out var function))
        {
            foreach (var caller in callers[function].Where(caller => _functions.TryAdd(caller, _functions[function])))
            {
                found.Enqueue(caller);
            }
        }

        var falses = file.Constants.Values.Where(tensor => tensor.IsFalse).Select(tensor => tensor.Name)
            .Concat(file.Nodes.Where(node => node.IsFalse).SelectMany(node => node.Outputs)).ToHashSet(StringComparer.Ordinal);
        var scope = new Scope(null, null, falses.Contains);
        foreach (var node in file.Nodes)
        {
            var problem = Of(node, scope)
                ?? (node.IsStandard && node.Operator is "Shape" or "Size" ? null : node.Needs.Select(name => _problems.GetValueOrDefault(name)).FirstOrDefault(found => found is not null));
            if (problem is not null)
            {
                foreach (var output in node.Outputs)
                {
                    _problems[output] = problem;
                }
            }
        }
    }

    /// <summary>Why a tensor differs each time; null where it does not.</summary>
    public string? Of(string tensor) => _problems.GetValueOrDefault(tensor);

    private string? Of(IEnumerable<OnnxNode> nodes, Scope scope) => nodes.Select(node => Of(node, scope)).FirstOrDefault(found => found is not null);

    private string? Of(OnnxNode node, Scope scope)
    {
        var name = $"node '{(node.Name.Length > 0 ? node.Name : node.Outputs.FirstOrDefault(""))}' ({node.Operator})";
        if (node.IsStandard && Random.Contains(node.Operator))
        {
            return $"{name} makes random numbers, and features have to be the same each time; export the model in inference mode (model.eval()), or take an earlier boundary";
        }

        if (node.IsStandard && IsTraining(node, scope))
        {
            return $"{name} is in training mode, and features have to be the same each time; export the model in inference mode (model.eval())";
        }

        return _functions.GetValueOrDefault(Key(node.Domain, node.Operator)) ?? node.Bodies.Select(body => Of(body.Nodes, new(body, scope, _ => false))).FirstOrDefault(found => found is not null);
    }

    private static (string Domain, string Name) Key(string domain, string name) => (domain == "ai.onnx" ? "" : domain, name);

    private static IEnumerable<(string Domain, string Name)> Calls(OnnxBody body) =>
        body.Nodes.SelectMany(node => node.Bodies.SelectMany(Calls).Append(Key(node.Domain, node.Operator))).Distinct();

    private static bool IsTraining(OnnxNode node, Scope scope) => node.Operator switch
    {
        // Without its third input, and before operators of version 12, it hands on what it reads.
        "Dropout" => node.Inputs.Length > 2 && node.Inputs[2].Length > 0 && !scope.IsFalse(node.Inputs[2]),
        "BatchNormalization" => node.SaysTraining || node.Outputs.Skip(1).Any(output => output.Length > 0), // means of the batch are made only while it trains
        _ => false,
    };

    /// <summary>What names stand for where a node is.</summary>
    private sealed record Scope(OnnxBody? Body, Scope? Around, Func<string, bool> IsOutermostFalse)
    {
        public bool IsFalse(string name) => Body is not null && Body.Names.Contains(name)
            ? Body.Falses.Contains(name)
            : Around?.IsFalse(name) ?? IsOutermostFalse(name);
    }
}
