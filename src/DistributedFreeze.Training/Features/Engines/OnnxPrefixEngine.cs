using System.Globalization;
using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Onnx;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>ONNX Runtime: one session, batch norms folded, convolutions fused with what follows them.</summary>
/// <remarks>
/// <para>
/// Thread-safe, as InferenceSession.Run is. With one thread the session has no pool, and each call computes on its caller's thread;
/// with more, callers share the session's pool, whose threads sleep between calls.
/// </para>
/// <para>
/// On a GPU the convolutions' algorithm is cuDNN's guess from shapes rather than a race, and TF32 is off unless the run asks for it, for the sake of the bits.
/// </para>
/// </remarks>
internal sealed class OnnxPrefixEngine : IPrefixEngine
{
    private const string InputName = "input";

    private readonly InferenceSession _session;
    private bool _disposed;

    /// <param name="request">Valid.</param>
    /// <param name="weights">Read now, and not kept.</param>
    public OnnxPrefixEngine(PrefixRequest request, ILayerWeights weights)
    {
        Request = request;
        OnnxLibrary.Require(request.Provider);
        Id = IdOf(request.Provider, request.Precision);

        var model = Model(request, weights);
        _session = OnnxLibrary.Call(() => Session(model, request));
    }

    /// <summary>The id of engines on a provider.</summary>
    public static string IdOf(PrefixProvider provider, RunPrecision precision) =>
        $"onnx-{OnnxLibrary.Version()}-{StableNames.Of(provider)}{(provider == PrefixProvider.Cpu ? $"-{InstructionSet.Name}" : precision == RunPrecision.Tf32 ? "-tf32" : "")}";

    public string Id { get; }

    public PrefixRequest Request { get; }

    public PrefixBlock CreateBlock()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Block(this);
    }

    public void Dispose()
    {
        _disposed = true;
        _session.Dispose();
    }

    internal static byte[] Model(PrefixRequest request, ILayerWeights weights)
    {
        var table = request.Table;
        var graph = new OnnxGraph("prefix");
        graph.AddInput(InputName, request.InputShape);
        AddStart(graph, table, request.Start);
        TensorReader read = (tensor, values) => Read(weights, tensor.Name, values);
        var segment = new OnnxSegment(graph, table, request.Start, BatchNormForm.Folded, read);
        foreach (var end in request.Ends)
        {
            var name = end == request.Start ? OnnxSegment.NameOf(table, end) : segment.Add(end);
            graph.AddOutput(name, request.Shape(end));
        }

        foreach (var layer in request.Means)
        {
            graph.AddOutput(segment.AddMeans(layer), request.BlockSize, table.Layers[layer].Channels);
        }

        return graph.ToArray();
    }

    /// <summary>Hands the input to the stretch, in the memory layout that it would have on the way from the pixels.</summary>
    /// <remarks>
    /// ONNX Runtime computes in blocks of channels between the first convolution and the outputs (onnxruntime,
    /// core/optimizer/nchwc_transformer.cc). Only there is a block's sum computed within its last convolution, in another order of
    /// addition than by itself. A sum whose one side is the graph's input would be computed by itself; the maximum of a single value,
    /// which changes nothing, is a node from which the optimizer reckons in blocks of channels.
    /// </remarks>
    private static void AddStart(OnnxGraph graph, LayerTable table, int start)
    {
        var name = OnnxSegment.NameOf(table, start);
        if (table.Layers[start].Channels == table.Layers[0].Channels)
        {
            graph.AddNode("Identity", [InputName], name);
        }
        else
        {
            graph.AddNode("MaxPool", [InputName], name, new OnnxSetting("kernel_shape", 1, 1));
        }
    }

    private static void Read(ILayerWeights weights, string name, Span<float> values)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        MemoryMarshal.Cast<byte, float>(weights[name].detach().cpu().contiguous().bytes).CopyTo(values);
    }

    /// <summary>A session with a run's threads and provider.</summary>
    internal static InferenceSession Session(byte[] model, PrefixRequest request)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = request.Threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads of the pool wait actively within a call, but not between calls.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        AddProvider(options, request);
        return new(model, options);
    }

    private static void AddProvider(SessionOptions options, PrefixRequest request)
    {
        if (request.Provider == PrefixProvider.Cpu)
        {
            return;
        }

        var device = request.DeviceIndex.ToString(CultureInfo.InvariantCulture);
        if (request.Provider == PrefixProvider.TensorRt)
        {
            using var tensorRt = new OrtTensorRTProviderOptions();
            tensorRt.UpdateOptions(new() { ["device_id"] = device });
            options.AppendExecutionProvider_Tensorrt(tensorRt);
        }

        // CUDA also takes what TensorRT leaves.
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new() { ["device_id"] = device, ["cudnn_conv_algo_search"] = "HEURISTIC", ["use_tf32"] = request.Precision == RunPrecision.Tf32 ? "1" : "0" });
        options.AppendExecutionProvider_CUDA(cuda);
    }

    private sealed class Block : PrefixBlock
    {
        private readonly OnnxPrefixEngine _engine;
        private readonly RunOptions _options = new();
        private readonly string[] _inputNames;
        private readonly string[] _outputNames;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;
        private readonly Func<bool> _run;
        private bool _disposed;

        public Block(OnnxPrefixEngine engine)
            : base(engine.Request)
        {
            _engine = engine;
            var request = engine.Request;
            _inputNames = [InputName];
            _inputs = [OrtValue.CreateTensorValueFromMemory(InputArray, request.InputShape)];
            _outputNames = [.. request.Ends.Select(end => OnnxSegment.NameOf(request.Table, end)), .. request.Means.Select(layer => OnnxSegment.MeansOf(request.Table, layer))];
            _outputs = [.. request.OutputShapes.Select((shape, i) => OrtValue.CreateTensorValueFromMemory(OutputArray(i), shape))];
            _run = Run;
        }

        public override void Evaluate()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ObjectDisposedException.ThrowIf(_engine._disposed, _engine);
            OnnxLibrary.Call(_run);
        }

        private protected override void Dispose(bool disposing)
        {
            _disposed = true;
            foreach (var value in _inputs.Concat(_outputs))
            {
                value.Dispose();
            }

            _options.Dispose();
        }

        private bool Run()
        {
            _engine._session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);
            return true;
        }
    }
}
