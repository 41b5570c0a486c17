using System.Collections.Immutable;
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
        Compute(file, model, batch, size, outputs, values => values.Select(value => value.GetTensorDataAsSpan<long>().ToImmutableArray()).ToImmutableArray());

    /// <summary>Whether a model takes this many images at a time, and gives as many lists of features.</summary>
    /// <param name="file">The model, for errors.</param>
    /// <param name="model">What <see cref="GraphCut.ToModel"/> gave, with features for its output.</param>
    /// <param name="batch">Images at a time.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="features">Length of a list.</param>
    public static bool Takes(OnnxFile file, byte[] model, int batch, int size, int features)
    {
        try
        {
            return Compute(file, model, batch, size, [GraphCut.OutputName], values => values[0].GetTensorTypeAndShape().Shape is [var images, var length] && images == batch && length == features);
        }
        catch (Errors.InvalidInputException)
        {
            return false; // it says that any number will do, and has one in its constants
        }
    }

    /// <summary>What ONNX Runtime said, for a person.</summary>
    public static Errors.InvalidInputException Refused(OnnxFile file, string message) => file.Refuse(RuntimeWords.Failed(message));

    private static T Compute<T>(OnnxFile file, byte[] model, int batch, int size, string[] outputs, Func<IReadOnlyList<OrtValue>, T> read)
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
                using var input = OrtValue.CreateTensorValueFromMemory(new float[batch * 3 * size * size], [batch, 3, size, size]);
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
