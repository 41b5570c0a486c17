using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What the docs show of a model in a program without any code of ours.</summary>
internal static class ModelSample
{
    public static string Answer(string path, byte[] pixels, int size)
    {
        // sample
        using var session = new InferenceSession(path);
        using var options = new RunOptions();
        using var images = OrtValue.CreateTensorValueFromMemory(pixels, [1, size, size, 3]); // bytes: red, green, blue, row by row
        using var answers = session.Run(options, ["images"], [images], ["probabilities"]);
        var probabilities = answers[0].GetTensorDataAsSpan<float>().ToArray();
        var classes = JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["classes"])!;
        // end of sample

        return classes[Array.IndexOf(probabilities, probabilities.Max())];
    }
}
