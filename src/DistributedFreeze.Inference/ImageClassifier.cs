using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Inference;

/// <summary>Says what is on an image, by a model that <c>dfreeze export</c> wrote, on ONNX Runtime.</summary>
/// <remarks>Images become pixels as in training. It needs no libtorch. Thread-safe but for disposing.</remarks>
/// <example>
/// <code><![CDATA[
/// using System;
/// using System.Linq;
/// using DistributedFreeze.Inference;
///
/// using var classifier = ImageClassifier.Open("run1/model.onnx"); // what dfreeze export run1 wrote
/// var probabilities = classifier.Classify("one.jpg");
/// var best = probabilities.IndexOf(probabilities.Max());
/// Console.WriteLine($"{classifier.Classes[best]}  {probabilities[best]:P1}");
/// ]]></code>
/// </example>
public sealed class ImageClassifier : IDisposable
{
    private const string Right = "a model that dfreeze export wrote would be right";

    /// <summary>A model whose base takes one number of images alone takes that many; no more is sensible.</summary>
    private const int MostAtATime = 256;

    private readonly InferenceSession _session;
    private readonly int? _batch;
    private readonly RunOptions _options = new();
    private readonly ImageDecoder _decoder;
    private readonly long _maxPixels;

    private ImageClassifier(InferenceSession session, ImmutableArray<string> classes, ImageDecoder decoder, long maxPixels) =>
        (_session, Classes, _decoder, _maxPixels, _batch) = (session, classes, decoder, maxPixels, session.InputMetadata[ClassifierModel.InputName].Dimensions[0] is > 0 and var batch ? batch : null);

    /// <summary>Class names, in the order of probabilities.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>Bytes of an image as the model takes it: three for each pixel.</summary>
    public int ImageBytes => _decoder.Size * _decoder.Size * 3;

    /// <summary>SHA-256 of the trained tensors, as the receipt has it; null where the model does not say.</summary>
    public string? ModelSha256 { get; private init; }

    /// <summary>What the model divides its logits by, so that it is as sure as it is right (<c>dfreeze export --calibrate</c>); null where it does not.</summary>
    public double? Temperature { get; private init; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="maxPixels">Pixels above which an image is refused, at least 1; null takes the limit of the run.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, damaged or another kind of model.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not load on this host.</exception>
    public static ImageClassifier Open(string path, long? maxPixels = null)
    {
        OnnxLibrary.Version(); // a missing library is no fault of the file
        return File.Exists(path)
            ? Open(path, Session(path, options => new(path, options)), maxPixels)
            : throw new InvalidInputException(path, $"does not exist; {Right}");
    }

    /// <summary>Takes a model from memory.</summary>
    /// <param name="model">What the .onnx file would hold.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="maxPixels">Pixels above which an image is refused, at least 1; null takes the limit of the run.</param>
    /// <exception cref="InvalidInputException">It is damaged or another kind of model.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not load on this host.</exception>
    public static ImageClassifier Of(byte[] model, string name, long? maxPixels = null)
    {
        OnnxLibrary.Version();
        return Open(name, Session(name, options => new(model, options)), maxPixels);
    }

    /// <summary>Classifies an image file.</summary>
    /// <param name="image">A JPEG, PNG, WebP or BMP file, by its path, or what else holds one.</param>
    /// <returns>The probability of each class, 0 to 1, in the order of <see cref="Classes"/>.</returns>
    /// <exception cref="InvalidInputException">The file cannot be opened, is no image, or is damaged.</exception>
    /// <exception cref="InferenceException">ONNX Runtime refuses.</exception>
    public ImmutableArray<float> Classify(ImageContent image)
    {
        if (ImageHeader.Read(image, _maxPixels).Fault is { } fault)
        {
            throw new InvalidInputException(image.Path, fault); // a pipe, too, which decoding would wait for
        }

        var pixels = new byte[ImageBytes];
        _decoder.Read(image, pixels);
        return ClassifyPixels(pixels)[0];
    }

    /// <summary>Makes of an image the pixels that the model takes.</summary>
    /// <param name="image">What a JPEG, PNG, WebP or BMP file holds.</param>
    /// <param name="pixels">Receives [row, column, channel], red, green and blue, each 0 to 255: <see cref="ImageBytes"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length.</exception>
    /// <exception cref="InvalidInputException">It is no image, damaged, or has too many pixels.</exception>
    public void Decode(ReadOnlySpan<byte> image, Span<byte> pixels) => _decoder.Decode(image, pixels);

    /// <summary>Classifies images that are decoded, all at once.</summary>
    /// <param name="pixels">One image after the other, as <see cref="Decode"/> makes them; at least one.</param>
    /// <returns>For each image the probability of each class, 0 to 1, in the order of <see cref="Classes"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> are not one or more whole images.</exception>
    /// <exception cref="InferenceException">ONNX Runtime refuses.</exception>
    public ImmutableArray<ImmutableArray<float>> ClassifyPixels(Memory<byte> pixels)
    {
        var (count, rest) = Math.DivRem(pixels.Length, ImageBytes);
        if (count == 0 || rest != 0)
        {
            throw new ArgumentException($"An image takes {ImageBytes} bytes, so {pixels.Length} are no whole images.", nameof(pixels));
        }

        var answers = ImmutableArray.CreateBuilder<ImmutableArray<float>>(count);
        for (var done = 0; done < count; done += _batch ?? count)
        {
            Classify(pixels[(done * ImageBytes)..], Math.Min(_batch ?? count, count - done), answers);
        }

        return answers.MoveToImmutable();
    }

    /// <summary>Classifies as many images as the model takes at a time, or fewer.</summary>
    private void Classify(Memory<byte> pixels, int count, ImmutableArray<ImmutableArray<float>>.Builder answers)
    {
        var batch = _batch ?? count;
        if (count < batch)
        {
            var filled = new byte[batch * ImageBytes];
            pixels[..(count * ImageBytes)].CopyTo(filled);
            pixels = filled;
        }

        OnnxLibrary.Call(() =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pixels[..(batch * ImageBytes)], [batch, _decoder.Size, _decoder.Size, 3]);
            using var outputs = _session.Run(_options, [ClassifierModel.InputName], [input], [ClassifierModel.OutputName]);
            var all = outputs[0].GetTensorDataAsSpan<float>();
            for (var image = 0; image < count; image++)
            {
                answers.Add(all.Slice(image * Classes.Length, Classes.Length).ToImmutableArray());
            }

            return true;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private static ImageClassifier Open(string path, InferenceSession session, long? maxPixels)
    {
        try
        {
            var metadata = Metadata(session);
            var classes = metadata.TryGetValue(ClassifierModel.ClassesKey, out var names) ? JsonSerializer.Deserialize<ImmutableArray<string>>(names) : [];
            if (ImageSize(session) is not { } size || classes.IsDefaultOrEmpty || classes.Contains(null!) || !HasOutputFor(session, classes.Length)
                || Named(metadata, ClassifierModel.ResizeKey, RunEnums.Resize) is not { } mode)
            {
                throw new InvalidInputException(path, $"is another kind of model; {Right}");
            }

            var profiles = Named(metadata, ClassifierModel.ColorProfilesKey, RunEnums.ColorProfiles) ?? ColorProfiles.Apply;
            var limit = maxPixels ?? MaxPixels(metadata);
            return new(session, classes, new(size, mode, limit, profiles), limit)
            {
                ModelSha256 = metadata.GetValueOrDefault(ClassifierModel.ModelSha256Key),
                Temperature = TemperatureOf(metadata),
            };
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

    /// <returns>Height and width of the images that a model takes, in pixels; null where it takes something else.</returns>
    private static int? ImageSize(InferenceSession session) =>
        session.InputMetadata.TryGetValue(ClassifierModel.InputName, out var pixels) && pixels.ElementType == typeof(byte)
            && pixels.Dimensions is [-1 or (>= 1 and <= MostAtATime), >= 1 and <= ImageResizer.LargestResult and var height, var width, 3] && height == width
            ? height
            : null;

    /// <returns>What a name in the metadata, such as <c>stretch</c>, stands for; null where there is none, or an unknown one.</returns>
    private static T? Named<T>(Dictionary<string, string> metadata, string key, EnumNames<T> names)
        where T : struct, Enum => metadata.TryGetValue(key, out var name) ? names.Find(name) : null;

    private static long MaxPixels(Dictionary<string, string> metadata) =>
        metadata.TryGetValue(ClassifierModel.MaxPixelsKey, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? limit
            : DataSpec.DefaultMaxPixels;

    private static double? TemperatureOf(Dictionary<string, string> metadata) =>
        metadata.TryGetValue(ClassifierModel.TemperatureKey, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var temperature)
            && double.IsFinite(temperature) && temperature > 0
            ? temperature
            : null;

    private static bool HasOutputFor(InferenceSession session, int classes) =>
        session.OutputMetadata.TryGetValue(ClassifierModel.OutputName, out var output) && output.Dimensions is [-1 or (>= 1 and <= MostAtATime), var found] && found == classes;

    private static InferenceSession Session(string name, Func<SessionOptions, InferenceSession> open)
    {
        try
        {
            // What is wrong is in the exception, too; written out by the library it would bring a stranger's names to the terminal as they are.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

            // A model in 8 bits answers the same on processors whose 16-bit sums would otherwise overflow (onnxruntime, session_options_config_keys.h); others are as they were.
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
            return open(options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidInputException(name, $"is damaged or no ONNX model; {Right}. ONNX Runtime says: {e.Message.TrimEnd('.')}");
        }
    }

    /// <exception cref="JsonException">They cannot be read.</exception>
    private static Dictionary<string, string> Metadata(InferenceSession session)
    {
        try
        {
            return session.ModelMetadata.CustomMetadataMap;
        }
        catch (NullReferenceException e)
        {
            throw new JsonException(e.Message, e); // so ONNX Runtime says that a key ends at a zero byte, and then has no value
        }
    }
}
