using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Planning;

/// <summary>Finds the finished run that a run starts from, by its id or its folder, and lets the run take over what it has to.</summary>
internal static class ParentRuns
{
    private const string Field = "from";

    /// <summary>A run as the silo's files make it: full paths, and its parent's network, base and way to pixels.</summary>
    /// <param name="spec">A valid run.</param>
    /// <param name="runId">Its own id, which it cannot start from; null where it has none.</param>
    /// <param name="roots">Where it may read and write.</param>
    /// <param name="grains">Finds runs by their ids.</param>
    /// <exception cref="InvalidInputException">A path leaves the roots, or the run that it starts from is none, or another than it asks for.</exception>
    public static async Task<RunSpec> ResolveAsync(RunSpec spec, string? runId, PathRoots roots, IGrainFactory grains)
    {
        if (spec.From is not { } given)
        {
            return roots.Resolve(spec);
        }

        var named = given == runId ? null : await FolderOfRunAsync(given, roots, grains);
        var resolved = roots.Resolve(spec with { From = ParentFolder.Of(named?.Folder ?? given) });
        roots.RequireUnmoved(resolved); // no file in the folder is a link out of the roots
        return await Task.Run(() =>
        {
            var receipt = ParentFolder.Read(resolved.From!).Receipt;
            if (named is { } run && (receipt.RunId, receipt.ModelSha256) != (given, run.ModelSha256))
            {
                throw new InvalidInputException(Field, $"must be a run whose folder still holds it: {resolved.From} holds run {receipt.RunId} by now, not {given}");
            }

            var adopted = ParentSettings.Adopt(resolved, receipt);
            RunSpecValidator.EnsureValid(adopted); // what a receipt says is anybody's
            return roots.Resolve(adopted);
        });
    }

    /// <summary>Refuses data in which classes of the run that a run starts from are missing.</summary>
    /// <param name="spec">The run, with full paths.</param>
    /// <exception cref="InvalidInputException">Some are, or the data or the folder cannot be read.</exception>
    public static void RequireClasses(RunSpec spec)
    {
        if (spec.From is { } folder)
        {
            ParentSettings.RequireClasses(ParentFolder.Read(folder).Receipt, Data.DataOutline.ClassesIn(spec.Data.Path, "data.path"));
        }
    }

    /// <returns>The run's folder; null where there is no such run, or none whose folder may be read.</returns>
    private static async Task<(string Folder, string ModelSha256)?> FolderOfRunAsync(string given, PathRoots roots, IGrainFactory grains)
    {
        if (!RunIds.IsValid(given))
        {
            return null;
        }

        try
        {
            var run = await grains.GetGrain<IRunGrain>(given).GetStatusAsync();
            return run.Spec is not { Output: var folder } || !roots.MayStartFrom(folder) ? null
                : run is { State: RunState.Succeeded, Receipt: { } receipt } ? (folder, receipt.ModelSha256)
                : throw new InvalidInputException(Field, $"must be a run that has succeeded: run {given} is {run.State.ToString().ToLowerInvariant()}");
        }
        catch (RunNotFoundException)
        {
            return null; // then it is a folder
        }
    }
}
