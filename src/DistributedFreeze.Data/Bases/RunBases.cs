using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>Finds out about the ONNX model that is a run's base what the run has to know before it starts.</summary>
/// <remarks>Thread-safe. It needs no libtorch.</remarks>
public static class RunBases
{
    /// <summary>A model of 2 GB takes several times that for as long as it is looked at.</summary>
    internal static readonly SemaphoreSlim OneAtATime = new(1);

    /// <summary>A run with everything that its base says: hash, boundary, pooling, features, image size, costs.</summary>
    /// <remarks>Where all of it is said, the file is hashed and looked at, and not computed with; what is wrong all the same shows when the first features are.</remarks>
    /// <param name="spec">A valid run.</param>
    /// <returns>The run itself where its base is none of ONNX.</returns>
    /// <exception cref="InvalidInputException">The model cannot be read or computed, or is another than the run says.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime does not load on this host.</exception>
    public static RunSpec Resolve(RunSpec spec) => spec.Model.Base is { } path ? BaseGraph.Open(path).Resolve(spec) : spec;

    /// <summary>The same on another thread, one model at a time in this process: others wait, so that two large ones are not in memory at once.</summary>
    /// <inheritdoc cref="Resolve"/>
    public static async Task<RunSpec> ResolveAsync(RunSpec spec)
    {
        if (spec.Model.Base is null)
        {
            return spec;
        }

        await OneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Resolve(spec)).ConfigureAwait(false);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    /// <summary>A run that is submitted again, with what its base said the first time: the file is not opened, which may be gone by now.</summary>
    /// <param name="spec">The run as it is submitted.</param>
    /// <param name="known">The run of the same id, resolved.</param>
    /// <returns>Null where only the model tells whether they are the same: the boundary may be the name of the same tensor's node, and the size the one that is fixed.</returns>
    public static RunSpec? ResolveAgain(RunSpec spec, RunSpec known)
    {
        var (model, before) = (spec.Model, known.Model);
        if (model.Base is null || model.Base != before.Base)
        {
            return spec; // another run
        }

        // The size that runs have where none is said stands for whatever the model takes, and for itself.
        var mayTakeItsSize = spec.Data.ImageSize == new DataSpec { Path = "" }.ImageSize && spec.Data.ImageSize != known.Data.ImageSize;
        if ((model.Boundary is { } boundary && boundary != before.Boundary) || (mayTakeItsSize && File.Exists(model.Base)))
        {
            return null;
        }

        return spec with
        {
            Model = model with
            {
                Boundary = before.Boundary,
                Pool = model.Pool == FeaturePooling.Auto ? before.Pool : model.Pool,
                BaseSha256 = model.BaseSha256 ?? before.BaseSha256,
                BaseFeatures = model.BaseFeatures ?? before.BaseFeatures,
                BaseParameters = model.BaseParameters ?? before.BaseParameters,
                BaseMultiplyAdds = model.BaseMultiplyAdds ?? before.BaseMultiplyAdds,
            },
            Data = spec.Data with { ImageSize = mayTakeItsSize ? known.Data.ImageSize : spec.Data.ImageSize },
        };
    }

    /// <summary>The file that a run's base is in: an ONNX model, or weights.</summary>
    /// <param name="model">The run's.</param>
    /// <returns>Null where the base has random weights.</returns>
    public static string? FileOf(ModelSpec model) => model.Base ?? model.Weights;

    /// <summary>The same base in another file.</summary>
    /// <param name="model">The run's.</param>
    /// <param name="file">A copy of its file; null where the base has random weights.</param>
    public static ModelSpec WithFile(ModelSpec model, string? file) => model.Base is null ? model with { Weights = file } : model with { Base = file };
}
