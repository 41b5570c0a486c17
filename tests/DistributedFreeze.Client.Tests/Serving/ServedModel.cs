using System.Diagnostics.Metrics;
using DistributedFreeze.Serving;
using DistributedFreeze.Training.Onnx;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkiaSharp;

namespace DistributedFreeze.Client.Tests.Serving;

/// <summary>A small model that tells colours apart, served by a host in this process.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private WebApplication? _host;

    public ServedModel(Action<ServingOptions>? configure = null, TimeProvider? time = null)
    {
        Write("red", "green", "blue");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddClassifier(options =>
        {
            options.Model = Path;
            options.LookSeconds = 3_600; // tests look themselves
            configure?.Invoke(options);
        });
        _host = builder.Build();
        _host.MapClassifier();
        _host.MapHealthChecks("/healthz");
    }

    public string Path => _folder.In("model.onnx");

    public string Folder => _folder.In("");

    public ServedClassifier Classifier => _host!.Services.GetRequiredService<ServedClassifier>();

    public async Task<HttpClient> StartAsync()
    {
        await _host!.StartAsync(TestContext.Current.CancellationToken);
        return new() { BaseAddress = new(_host.Urls.Single()) };
    }

    public Task StopAsync() => _host!.StopAsync();

    /// <summary>Hears what an instrument of this host's measures, and not that of another host in this process.</summary>
    /// <param name="name">Of the instrument.</param>
    /// <param name="heard">Is told the outcome, if there is one, and the value.</param>
    public MeterListener Listen(string name, Action<object?, long> heard)
    {
        var factory = _host!.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    own.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => heard(null, value));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => heard(tags.Length > 0 ? tags[0].Value : null, value));
        listener.Start();
        return listener;
    }

    /// <summary>Writes the model: the most probable class is that of the strongest channel, in the order red, green, blue.</summary>
    public void Write(params string[] classes)
    {
        var graph = new OnnxGraph("colours");
        graph.AddInput("images", OnnxType.Byte, OnnxGraph.AnyNumber, 16, 16, 3);
        graph.AddNode("Cast", ["images"], "floats", OnnxSetting.Whole("to", (long)OnnxType.Real));
        graph.AddNode("Transpose", ["floats"], "planes", new OnnxSetting("perm", 0, 3, 1, 2));
        graph.AddNode("GlobalAveragePool", ["planes"], "means");
        graph.AddNode("Flatten", ["means"], "pooled");
        graph.AddConstant("weights", [3, 3], values =>
        {
            for (var i = 0; i < 9; i++)
            {
                values[i] = i % 4 == 0 ? 0.01f : 0;
            }
        });
        graph.AddNode("MatMul", ["pooled", "weights"], "logits");
        graph.AddNode("Softmax", ["logits"], "probabilities");
        graph.AddOutput("probabilities", OnnxGraph.AnyNumber, 3);
        graph.AddMetadata("classes", $"[{string.Join(',', classes.Select(name => $"\"{name}\""))}]");
        graph.AddMetadata("resize", "stretch");
        graph.AddMetadata("modelSha256", string.Concat(classes));
        File.WriteAllBytes(Path, graph.ToArray());
    }

    public static byte[] Image(SKColor colour)
    {
        using var bitmap = new SKBitmap(20, 20);
        bitmap.Erase(colour);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            await host.DisposeAsync(); // stops it where it has started
        }

        _folder.Dispose();
    }
}
