using System.Diagnostics;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using Microsoft.ML.OnnxRuntime;
using InferenceSession = Microsoft.ML.OnnxRuntime.InferenceSession;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>ONNX Runtime with a graph that is not ours: from the image to its features, one image at a time.</summary>
/// <remarks>
/// What a stranger's graph makes of an image may depend on the other images of a batch: scales of dynamic quantisation do, and kernels may add up in another order
/// at another place. So an image is computed by itself, and where the graph takes no other number than several, with copies of itself beside it. Thread-safe, as
/// InferenceSession.Run is.
/// </remarks>
internal sealed class GraphPrefixEngine : IPrefixEngine
{
    /// <summary>How ONNX Runtime speaks of a device that failed, or of memory that ran out: another replica may do better.</summary>
    private static readonly string[] DeviceWords = ["CUDA", "CUDNN", "CUBLAS", "TensorRT", "allocate memory", "out of memory", "bad_alloc", "bad allocation"];

    private readonly InferenceSession _session;
    private readonly Func<string, InvalidInputException> _refuse;
    private readonly TimeSpan _longest;
    private readonly int _batch;
    private bool _disposed;

    /// <param name="request">From the image to the pooled features: a graph has no other ends.</param>
    /// <param name="graph">The model; read now, and not kept.</param>
    /// <param name="model">Boundary, pooling and number of features.</param>
    /// <param name="longest">What one image may take; null for as long as when the model was looked at.</param>
    /// <exception cref="InvalidInputException">The model makes other features than the run says.</exception>
    public GraphPrefixEngine(PrefixRequest request, BaseGraph graph, ModelSpec model, TimeSpan? longest = null)
    {
        if (request is not { Start: 0, Ends: [var end], Means.IsEmpty: true } || end != request.Table.Layers.Length)
        {
            throw new ArgumentException("A graph is evaluated from the image to its features.", nameof(request));
        }

        request.Validate();
        Request = request;
        OnnxLibrary.Require(request.Provider);
        Id = IdOf(request.Provider, request.Threads, request.Precision);
        var path = graph.File.Path;
        _refuse = message => new("model.base", $"{path} {message}");
        _longest = longest ?? BaseRuntime.Longest;
        _batch = graph.Image.Batch ?? 1;
        if (graph.PoolingOf(model, request.ImageSize).Features is var features && features != model.BaseFeatures)
        {
            throw new InvalidInputException("model.base_features", $"is {model.BaseFeatures}, but {graph.File.Path} has {features} at its boundary");
        }

        var bytes = graph.Cut(model, request.ImageSize).ToModel(_batch, request.ImageSize, GraphCut.OutputName);
        _session = OnnxLibrary.Call(() => OnnxPrefixEngine.Session(bytes, request));
    }

    /// <summary>The id of engines on a provider.</summary>
    /// <remarks>What operators a stranger's graph has is not known, and some may add up in another order by another number of threads: features of one are not another's.</remarks>
    public static string IdOf(PrefixProvider provider, int threads, RunPrecision precision) => $"{OnnxPrefixEngine.IdOf(provider, precision)}-t{threads}";

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

    private sealed class Block : PrefixBlock
    {
        private readonly GraphPrefixEngine _engine;
        private readonly RunOptions _options = new();
        private readonly float[] _images;
        private readonly float[] _features;
        private readonly OrtValue[] _inputs;
        private readonly OrtValue[] _outputs;
        private readonly Func<bool> _run;
        private readonly Lock _limits = new();
        private readonly Timer _limit;
        private long _began; // 0 while nothing is computed
        private bool _isLate;
        private bool _disposed;

        public Block(GraphPrefixEngine engine)
            : base(engine.Request)
        {
            _engine = engine;
            _run = Run;
            _limit = new(_ => Terminate());
            _images = new float[InputArray.Length / engine.Request.BlockSize * engine._batch];
            _features = new float[OutputArray(0).Length / engine.Request.BlockSize * engine._batch];
            var size = engine.Request.ImageSize;
            _inputs = [OrtValue.CreateTensorValueFromMemory(_images, [engine._batch, 3, size, size])];
            _outputs = [OrtValue.CreateTensorValueFromMemory(_features, [engine._batch, _features.Length / engine._batch])];
        }

        public override void Evaluate()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ObjectDisposedException.ThrowIf(_engine._disposed, _engine);
            var length = _features.Length / _engine._batch;
            for (var image = 0; image < _engine.Request.BlockSize; image++)
            {
                var pixels = InputOf(image);
                for (var copy = 0; copy < _engine._batch; copy++)
                {
                    pixels.CopyTo(_images.AsSpan(copy * pixels.Length));
                }

                Compute();
                _features.AsSpan(0, length).CopyTo(OutputArray(0).AsSpan(image * length));
            }
        }

        private protected override void Dispose(bool disposing)
        {
            _disposed = true;
            _limit.Dispose();
            foreach (var value in _inputs.Concat(_outputs))
            {
                value.Dispose();
            }

            lock (_limits)
            {
                _options.Dispose();
            }
        }

        /// <summary>One image. A graph may loop for ever, or fail, by what its pixels are: that is the run's fault and no device's, and no other replica does better.</summary>
        private void Compute()
        {
            Volatile.Write(ref _began, Stopwatch.GetTimestamp());
            _limit.Change(_engine._longest, Timeout.InfiniteTimeSpan);
            try
            {
                OnnxLibrary.Call(_run);
            }
            catch (InferenceException refused)
            {
                if (_isLate)
                {
                    throw _engine._refuse(RuntimeWords.Late(_engine._longest));
                }

                if (Array.Exists(DeviceWords, word => refused.Message.Contains(word, StringComparison.OrdinalIgnoreCase)))
                {
                    throw;
                }

                throw _engine._refuse(RuntimeWords.Failed(refused.Message));
            }
            finally
            {
                _limit.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                Volatile.Write(ref _began, 0);
            }
        }

        /// <summary>The timer may come late, when the next image has begun.</summary>
        private void Terminate()
        {
            lock (_limits)
            {
                if (!_disposed && Volatile.Read(ref _began) is not 0 and var began && Stopwatch.GetElapsedTime(began) >= _engine._longest * 0.9)
                {
                    _isLate = _options.Terminate = true;
                }
            }
        }

        private bool Run()
        {
            _engine._session.Run(_options, [GraphCut.InputName], _inputs, [GraphCut.OutputName], _outputs);
            return true;
        }
    }
}
