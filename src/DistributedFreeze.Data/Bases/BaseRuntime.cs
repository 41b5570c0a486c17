using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Data.Bases;

/// <summary>Computes one image with a stranger's graph, to see whether it can be computed and how large its tensors are.</summary>
/// <remarks>Needs ONNX Runtime, on the processor, and no libtorch.</remarks>
internal static class BaseRuntime
{
    /// <summary>A graph may loop for ever; the largest networks in use take seconds for an image.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Computes black images.</summary>
    /// <param name="file">The model, for errors.</param>
    /// <param name="model">What <see cref="GraphCut.ToModel"/> gave, with lists of sizes for outputs.</param>
    /// <param name="batch">Images at a time.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="outputs">Names of its outputs.</param>
    /// <returns>The sizes that each output lists.</returns>
    /// <exception cref="Errors.InvalidInputException">ONNX Runtime refuses the model, or does not end.</exception>
    /// <exception cref="InferenceException">ONNX Runtime does not load on this host.</exception>
    public static ImmutableArray<ImmutableArray<long>> Shapes(OnnxFile file, byte[] model, int batch, int size, string[] outputs) =>
        Compute(file, model, new float[batch * 3 * size * size], batch, size, outputs, values => values.Select(value => value.GetTensorDataAsSpan<long>().ToImmutableArray()).ToImmutableArray());

    /// <summary>Whether a model takes this many images at a time, and gives for each of them, bit by bit, the features that it gives for the image alone.</summary>
    /// <remarks>Scales of dynamic quantisation, for one, depend on all images of a batch.</remarks>
    /// <param name="file">The model, for errors.</param>
    /// <param name="model">What <see cref="GraphCut.ToModel"/> gives for a number of images at a time, with features for its output.</param>
    /// <param name="batch">Images at a time.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="features">Length of a list.</param>
    /// <param name="ofBytes">Whether numbers are pixels from 0 to 255.</param>
    public static bool Takes(OnnxFile file, Func<int, byte[]> model, int batch, int size, int features, bool ofBytes)
    {
        var images = Images(batch, 3 * size * size, ofBytes);
        try
        {
            var together = Features(file, model(batch), images.SelectMany(image => image).ToArray(), batch, size);
            if (together.Length != batch * features)
            {
                return false;
            }

            var one = model(1);
            for (var image = 0; image < batch; image++)
            {
                var alone = Features(file, one, images[image], 1, size);
                if (!MemoryMarshal.AsBytes(alone.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(together.AsSpan(image * features, features))))
                {
                    return false;
                }
            }

            return true;
        }
        catch (Errors.InvalidInputException)
        {
            return false; // it says that any number will do, and has one in its constants
        }
    }

    /// <summary>What ONNX Runtime said, for a person.</summary>
    public static Errors.InvalidInputException Refused(OnnxFile file, string message) => file.Refuse(RuntimeWords.Failed(message));

    /// <returns>Empty where they are none of one row for each image.</returns>
    private static float[] Features(OnnxFile file, byte[] model, float[] pixels, int batch, int size) => Compute(file, model, pixels, batch, size, [GraphCut.OutputName], values =>
        values[0].GetTensorTypeAndShape().Shape is [var rows, _] && rows == batch ? values[0].GetTensorDataAsSpan<float>().ToArray() : []);

    /// <summary>Images that look like noise, each of other contrast than the one before.</summary>
    private static float[][] Images(int count, int length, bool ofBytes)
    {
        var state = 1u;
        var images = new float[count][];
        for (var image = 0; image < count; image++)
        {
            images[image] = new float[length];
            for (var i = 0; i < length; i++)
            {
                state = (state * 1_664_525) + 1_013_904_223;
                var number = (state >> 8) / (float)(1 << 24) * (image + 1) / count; // 0 to 1, and less in the first
                images[image][i] = ofBytes ? MathF.Floor(number * 256) : (4 * number) - 2;
            }
        }

        return images;
    }

    private static T Compute<T>(OnnxFile file, byte[] model, float[] pixels, int batch, int size, string[] outputs, Func<IReadOnlyList<OrtValue>, T> read)
    {
        OnnxLibrary.Version(); // a missing library is no fault of the file
        var isLate = false;
        try
        {
            return OnnxLibrary.Call(() =>
            {
                using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
                using var session = new InferenceSession(model, options);
                using var run = new RunOptions();
                using var limit = TimeProvider.System.CreateTimer(_ => run.Terminate = isLate = true, null, Longest, Timeout.InfiniteTimeSpan);
                using var input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, size, size]);
                using var values = session.Run(run, [GraphCut.InputName], [input], outputs);
                return read(values);
            });
        }
        catch (InferenceException refused)
        {
            throw isLate ? file.Refuse(RuntimeWords.Late(Longest)) : Refused(file, refused.Message);
        }
    }
}
