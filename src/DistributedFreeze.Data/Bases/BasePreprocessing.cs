using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>How the pixels for a graph are prepared, by what its maker left.</summary>
/// <remarks>
/// Looked at are, in this order: <c>preprocessing</c>, or <c>image_mean</c> and <c>image_std</c>, in the model's metadata; <c>preprocessor_config.json</c> of Hugging Face and
/// <c>config.json</c> of timm beside the model. Where nothing is said, images are taken as torchvision's networks take them; a graph that takes bytes gets the pixels as they are.
/// </remarks>
internal static class BasePreprocessing
{
    private const string Field = "data.preprocess";

    /// <summary>Decides.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <exception cref="Errors.InvalidInputException">Its maker says numbers that none of the words stands for.</exception>
    public static PreprocessingChoice Of(OnnxFile file, BaseImage image)
    {
        if (image.Type == OnnxTypes.Byte)
        {
            return new(Preprocessing.Raw, "the model takes bytes"); // whatever its maker says: numbers with a fraction would lose it
        }

        return OfMetadata(file) ?? NotesOf(file).Beside()
            ?? new(Preprocessing.Torch, "neither the model nor a file beside it says how, and most are trained with torchvision's mean and deviation");
    }

    /// <summary>Decides for a run.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <param name="wanted">What the run says; null and auto leave it to the model.</param>
    /// <exception cref="Errors.InvalidInputException">Its maker says numbers that none of the words stands for, or it takes bytes and the run wants other numbers.</exception>
    public static PreprocessingChoice Of(OnnxFile file, BaseImage image, Preprocessing? wanted)
    {
        Require(file, image, wanted);
        return wanted is { } word and not Preprocessing.Auto ? new(word, "as chosen") : Of(file, image);
    }

    /// <summary>Refuses a run that wants other numbers than bytes of a model that takes bytes.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <param name="wanted">What the run says; null and auto leave it to the model.</param>
    /// <exception cref="Errors.InvalidInputException">It does.</exception>
    public static void Require(OnnxFile file, BaseImage image, Preprocessing? wanted)
    {
        if (image.Type == OnnxTypes.Byte && wanted is { } word and not (Preprocessing.Auto or Preprocessing.Raw))
        {
            throw file.Refuse($"must be auto or raw, got {RunEnums.NameOf(word)}: {file.Path} takes bytes (uint8), which are the pixels as they are", Field);
        }
    }

    private static PreprocessingChoice? OfMetadata(OnnxFile file)
    {
        const string Where = "the model's metadata";
        if (file.Metadata.GetValueOrDefault("preprocessing") is { } word && RunEnums.Preprocessing.Find(word) is { } named and not Preprocessing.Auto)
        {
            return new(named, $"{Where} says {word}");
        }

        try
        {
            return file.Metadata.GetValueOrDefault("image_mean") is { } mean && file.Metadata.GetValueOrDefault("image_std") is { } deviation
                ? NotesOf(file).Named(Where, JsonSerializer.Deserialize<double[]>(mean), JsonSerializer.Deserialize<double[]>(deviation))
                : null;
        }
        catch (JsonException)
        {
            return null; // a maker's note that is no list of numbers
        }
    }

    private static PreprocessingNotes NotesOf(OnnxFile file) => new(file.Path, message => file.Refuse(message, Field));
}
