using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client;

/// <summary>A trial as a run of a cluster.</summary>
/// <param name="Name">The trial's name.</param>
/// <param name="Id">The run's id, which follows from what it trains: to submit a sweep again starts nothing new.</param>
/// <param name="Spec">What it trains, labelled with the sweep's name.</param>
internal sealed partial record SweepRun(string Name, string Id, RunSpec Spec)
{
    private const string Label = "sweep";
    private const int HashLength = 10;

    /// <summary>The runs of a sweep.</summary>
    /// <exception cref="InvalidInputException">The request is invalid.</exception>
    public static ImmutableArray<SweepRun> Of(SweepRequest request)
    {
        Require(request);
        return [.. request.Trials.Select(trial => Of(request.Name, trial))];
    }

    private static SweepRun Of(string sweep, NamedTrial trial)
    {
        var labels = trial.Spec.Labels.All.IsDefault ? [] : trial.Spec.Labels.All.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal);
        labels[Label] = sweep;
        var spec = trial.Spec with { Labels = RunLabels.Of(labels) };
        var hash = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(spec, RunJson.Stored)))[..HashLength];
        return new(trial.Name, $"{sweep}-{trial.Name}-{hash}", spec);
    }

    private static void Require(SweepRequest request)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        if (!NameForm().IsMatch(request.Name))
        {
            problems.Add(new("name", $"must be 1 to 40 letters of a to z, digits, '-' and '_', got '{PlainText.Line(request.Name)}'"));
        }

        if (request.Trials.IsDefaultOrEmpty)
        {
            problems.Add(new("trials", "must be at least one"));
        }

        if (request.Halving is { FromEpoch: < 1 } from)
        {
            problems.Add(new("halving.from_epoch", $"must be at least 1, got {from.FromEpoch}"));
        }

        if (request.Halving is { Factor: < 2 } factor)
        {
            problems.Add(new("halving.factor", $"must be at least 2, got {factor.Factor}"));
        }

        var (seen, outputs) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (i, trial) in (request.Trials.IsDefault ? [] : request.Trials).Index())
        {
            if (trial.Spec.Output is { } output && !outputs.Add(output))
            {
                problems.Add(new($"trials[{i}].spec.output", $"must be a folder of this trial alone, got '{PlainText.Line(output)}'"));
            }

            var room = 62 - request.Name.Length - HashLength; // of a run's id, after the sweep's name, the hash and two dashes
            if (!NameForm().IsMatch(trial.Name) || trial.Name.Length > room || !seen.Add(trial.Name))
            {
                problems.Add(new($"trials[{i}].name", $"must be one of its own, of 1 to {Math.Clamp(room, 1, 40)} letters of a to z, digits, '-' and '_', got '{PlainText.Line(trial.Name)}'"));
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems.ToImmutable());
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,40}\z")]
    private static partial Regex NameForm();
}
