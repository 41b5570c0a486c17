using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Features.Engines;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Export;

/// <summary>Says what is on an image, by a model that <see cref="OnnxModel"/> wrote, on ONNX Runtime.</summary>
/// <remarks>Images become pixels as in training. It needs no libtorch. Thread-safe but for disposing.</remarks>
public sealed class ImageClassifier : IDisposable
{
    private const string Right = "a model that dfreeze export wrote would be right";

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly ImageDecoder _decoder;

    private ImageClassifier(InferenceSession session, ImmutableArray<string> classes, ImageDecoder decoder) =>
        (_session, Classes, _decoder) = (session, classes, decoder);

    /// <summary>Class names, in the order of probabilities.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, damaged or another kind of model.</exception>
    /// <exception cref="PrefixEngineException">ONNX Runtime does not load on this host.</exception>
    public static ImageClassifier Open(string path)
    {
        OnnxLibrary.Version(); // a missing library is no fault of the file
        var session = Session(path);
        try
        {
            var metadata = session.ModelMetadata.CustomMetadataMap;
            var classes = metadata.TryGetValue(OnnxModel.ClassesKey, out var names) ? JsonSerializer.Deserialize<ImmutableArray<string>>(names) : [];
            if (ImageSize(session) is not { } size || classes.IsDefaultOrEmpty || !HasOutputFor(session, classes.Length)
                || Word<ResizeMode>(metadata, OnnxModel.ResizeKey) is not { } mode)
            {
                throw new InvalidInputException(path, $"is another kind of model; {Right}");
            }

            var profiles = Word<ColorProfiles>(metadata, OnnxModel.ColorProfilesKey) ?? ColorProfiles.Apply;
            return new(session, classes, new(size, mode, DataSpec.DefaultMaxPixels, profiles));
        }
        catch (JsonException)
        {
            session.Dispose();
            throw new InvalidInputException(path, $"has metadata that cannot be read; {Right}");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Classifies an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP or BMP file.</param>
    /// <returns>The probability of each class, 0 to 1, in the order of <see cref="Classes"/>.</returns>
    /// <exception cref="InvalidInputException">The file cannot be opened, is no image, or is damaged.</exception>
    /// <exception cref="PrefixEngineException">ONNX Runtime refuses.</exception>
    public ImmutableArray<float> Classify(string path)
    {
        var size = _decoder.Size;
        var pixels = new byte[size * size * 3];
        _decoder.Read(path, pixels);
        return OnnxLibrary.Call(() =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, size, size, 3]);
            using var outputs = _session.Run(_options, [OnnxModel.InputName], [input], [OnnxModel.OutputName]);
            return outputs[0].GetTensorDataAsSpan<float>().ToImmutableArray();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    /// <returns>Height and width of the images that a model takes, in pixels; null where it takes something else.</returns>
    private static int? ImageSize(InferenceSession session) =>
        session.InputMetadata.TryGetValue(OnnxModel.InputName, out var pixels) && pixels.ElementType == typeof(byte)
            && pixels.Dimensions is [-1, >= 1 and <= ImageResizer.LargestResult and var height, var width, 3] && height == width
            ? height
            : null;

    /// <returns>What a word of the metadata, such as <c>stretch</c>, stands for; null where there is none, or an unknown one.</returns>
    private static T? Word<T>(Dictionary<string, string> metadata, string key)
        where T : struct, Enum =>
        metadata.TryGetValue(key, out var word) && Enum.TryParse<T>(word, ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : null;

    private static bool HasOutputFor(InferenceSession session, int classes) =>
        session.OutputMetadata.TryGetValue(OnnxModel.OutputName, out var output) && output.Dimensions is [-1, var found] && found == classes;

    private static InferenceSession Session(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidInputException(path, $"does not exist; {Right}");
        }

        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            return new(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidInputException(path, $"is damaged or no ONNX model; {Right}. ONNX Runtime says: {e.Message.TrimEnd('.')}");
        }
    }
}
