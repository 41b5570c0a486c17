using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>An ONNX model as a frozen base: what it takes, where it ends, what that costs.</summary>
/// <remarks>Holds the file in memory. Thread-safe.</remarks>
internal sealed class BaseGraph
{
    private const string Field = "model.base";
    private const string BoundaryField = "model.boundary";

    /// <summary>Images with which a graph that leaves their number open is tried.</summary>
    private const int Several = 3;

    private readonly OnnxFile _file;
    private readonly GraphWalk _walk;
    private readonly Lazy<GraphChance> _chance;

    private BaseGraph(OnnxFile file)
    {
        _file = file;
        Image = BaseImage.Of(file);
        _walk = new(file, Image.Name);
        Default = _walk.Default();
        _chance = new(() => new(file));
    }

    /// <summary>The model.</summary>
    public OnnxFile File => _file;

    /// <summary>What it takes.</summary>
    public BaseImage Image { get; }

    /// <summary>Where it ends if nobody says, and the classifier that is left out then; null for none.</summary>
    public (string Tensor, OnnxNode? Classifier) Default { get; }

    /// <summary>How its pixels are prepared if nobody says.</summary>
    /// <exception cref="InvalidInputException">Its maker says numbers that none of the words stands for.</exception>
    public PreprocessingChoice Preprocessing => BasePreprocessing.Of(_file, Image);

    /// <summary>How its pixels are prepared for a run.</summary>
    /// <param name="wanted">What the run says; null and auto leave it to the model.</param>
    /// <exception cref="InvalidInputException">Its maker says numbers that none of the words stands for, or it takes bytes and the run wants other numbers.</exception>
    public PreprocessingChoice PreprocessingFor(Preprocessing? wanted) => BasePreprocessing.Of(_file, Image, wanted);

    /// <summary>Reads a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">It is none that can be a base.</exception>
    public static BaseGraph Open(string path, string field = Field) => new(OnnxFile.Open(path, field));

    /// <summary>Reads the model of a run whose base is known, and makes sure that it still is the one.</summary>
    /// <param name="model">The run's, resolved.</param>
    /// <param name="path">Where the file is now; null takes the path that the run has.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">It cannot be read, or is another one.</exception>
    public static BaseGraph OpenOf(ModelSpec model, string? path = null, string field = Field)
    {
        var file = OnnxFile.Open(path ?? model.Base!, field);
        return file.Sha256 == model.BaseSha256
            ? new(file)
            : throw file.Refuse($"is not what the run began with: it has SHA-256 {file.Sha256}, and {model.BaseSha256} would be right");
    }

    /// <summary>A run whose base is known: its boundary, pooling, image size, and the costs of what comes before the boundary.</summary>
    /// <param name="spec">The run; what it says of these is held against the model.</param>
    /// <exception cref="InvalidInputException">They do not go together.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime does not load on this host.</exception>
    public RunSpec Resolve(RunSpec spec)
    {
        var model = spec.Model;
        if (model.BaseSha256 is { } hash && hash != _file.Sha256)
        {
            throw _file.Refuse($"is {hash}, or so it was in the run that this one starts from or goes on with, but {_file.Path} has SHA-256 {_file.Sha256}", "model.base_sha256");
        }

        BasePreprocessing.Require(_file, Image, spec.Data.Preprocessing);
        if (BaseIdentity.IsKnown(model))
        {
            return Known(spec);
        }

        var size = Image.SizeFor(_file, spec.Data.ImageSize);
        var boundary = model.Boundary is { } name ? Find(name) : DefaultBoundary();
        RequireSame(boundary);
        var nodes = _walk.NodesFor(boundary);
        var costs = new GraphCosts(_file, _walk, nodes);
        var shapes = Shapes(size, costs.Tensors.Append(boundary));
        costs.Take(shapes, Image.Batch ?? 1);
        var pooling = BasePooling.Of(shapes[boundary], Image.Batch ?? 1, model.Pool, Refuse);
        if (ShapesOfSeveral(size, [boundary]) is { } several)
        {
            BasePooling.Of(several[boundary], Several, model.Pool, Refuse);
        }

        Exception Refuse(string field, string message) => _file.Refuse(field == BoundaryField ? $"'{boundary}' {message}" : message, field);
        var found = model with
        {
            Boundary = boundary,
            Pool = pooling.Kind,
            BaseSha256 = _file.Sha256,
            BaseFeatures = pooling.Features,
            BaseParameters = costs.ParametersOf(nodes),
            BaseMultiplyAdds = costs.MultiplyAddsOf(nodes),
        };
        Require("model.base_features", model.BaseFeatures, found.BaseFeatures);
        Require("model.base_parameters", model.BaseParameters, found.BaseParameters);
        Require("model.base_multiply_adds", model.BaseMultiplyAdds, found.BaseMultiplyAdds);
        return spec with { Model = found, Data = spec.Data with { ImageSize = size } };
    }

    /// <summary>How a run's features are made of the tensor at its boundary.</summary>
    /// <param name="model">The run's, resolved.</param>
    /// <param name="size">Height and width of its images in pixels.</param>
    public BasePooling PoolingOf(ModelSpec model, int size) => BasePooling.Of(
        Shapes(size, [Find(model.Boundary!)])[model.Boundary!], Image.Batch ?? 1, model.Pool, (field, message) => _file.Refuse(message, field));

    /// <summary>The graph up to a run's boundary, with what makes features of it.</summary>
    /// <param name="model">The run's, resolved.</param>
    /// <param name="size">Height and width of its images in pixels.</param>
    public GraphCut Cut(ModelSpec model, int size)
    {
        RequireSame(model.Boundary!);
        var cut = new GraphCut(_file, Image, _walk, Find(model.Boundary!));
        cut.AddFeatures(model.Boundary!, PoolingOf(model, size));
        return cut;
    }

    /// <summary>
    /// Whether a graph that leaves the number of images open takes more than one, and gives the same bits then: some say so, and have one in their constants, or make of an image
    /// what depends on its neighbours.
    /// </summary>
    /// <param name="cut">What <see cref="Cut"/> gave.</param>
    /// <param name="model">The run's, resolved.</param>
    /// <param name="size">Height and width of its images in pixels.</param>
    public bool TakesSeveral(GraphCut cut, ModelSpec model, int size)
    {
        return BaseRuntime.Takes(_file, batch => cut.ToModel(batch, size, GraphCut.OutputName), Several, size, model.BaseFeatures!.Value, Image.Type == OnnxTypes.Byte);
    }

    /// <summary>Everything that can be a boundary without a side way past it, from the image on, and the default.</summary>
    /// <param name="size">Height and width of images in pixels.</param>
    /// <param name="most">How many at most, those nearest to the output.</param>
    /// <returns>Those that can have features, and how many there are in all.</returns>
    public (ImmutableArray<BaseCandidate> Candidates, int All) Candidates(int size, int most)
    {
        ImmutableArray<string> all = [.. _walk.Cuts().Append(Default.Tensor).Distinct(StringComparer.Ordinal).Where(tensor => _walk.IsOfImage(tensor) && _chance.Value.Of(tensor) is null)];
        ImmutableArray<string> tensors = [.. all.TakeLast(most)];
        var costs = new GraphCosts(_file, _walk, _walk.NodesFor(tensors));
        var shapes = Shapes(size, costs.Tensors.Concat(tensors));
        costs.Take(shapes, Image.Batch ?? 1);
        var several = ShapesOfSeveral(size, tensors);
        var without = tensors.Where(tensor => !BasePooling.IsByImage(shapes[tensor], Image.Batch ?? 1) || (several is not null && !BasePooling.IsByImage(several[tensor], Several))).ToHashSet(StringComparer.Ordinal);
        var candidates = ImmutableArray.CreateBuilder<BaseCandidate>();
        foreach (var tensor in tensors.Where(tensor => !without.Contains(tensor)))
        {
            var nodes = _walk.NodesFor(tensor);
            var pooling = Pooling(shapes[tensor]);
            candidates.Add(new(tensor, _walk.Maker(tensor)!.Name, _walk.Maker(tensor)!.Operator, [.. shapes[tensor].Skip(1)], costs.ParametersOf(nodes), costs.MultiplyAddsOf(nodes), costs.UncountedOf(nodes))
            {
                IsDefault = tensor == Default.Tensor,
                Features = pooling?.Features,
                Pooling = pooling?.Why,
            });
        }

        return (candidates.DrainToImmutable(), all.Length - without.Count);
    }

    /// <summary>A run that says everything: what can be held against the model without computing is.</summary>
    private RunSpec Known(RunSpec spec)
    {
        var boundary = Find(spec.Model.Boundary!);
        RequireSame(boundary);
        var nodes = _walk.NodesFor(boundary);
        Require("model.base_parameters", spec.Model.BaseParameters, new GraphCosts(_file, _walk, nodes).ParametersOf(nodes));
        return spec with { Model = spec.Model with { Boundary = boundary }, Data = spec.Data with { ImageSize = Image.SizeFor(_file, spec.Data.ImageSize) } };
    }

    private BasePooling? Pooling(ImmutableArray<long> shape)
    {
        try
        {
            return BasePooling.Of(shape, Image.Batch ?? 1, FeaturePooling.Auto, (field, message) => _file.Refuse(message, field));
        }
        catch (InvalidInputException)
        {
            return null; // shown without features
        }
    }

    private string DefaultBoundary() => _walk.IsOfImage(Default.Tensor)
        ? Default.Tensor
        : throw _file.Refuse($"has a first output, {Default.Tensor}, that does not depend on the image {Image.Name}; name a boundary", BoundaryField);

    private string Find(string boundary) => _walk.Find(boundary, BoundaryField);

    private void RequireSame(string boundary)
    {
        if (_chance.Value.Of(boundary) is { } chance)
        {
            throw _file.Refuse($"cannot be a base up to '{boundary}': {chance}");
        }
    }

    /// <summary>Shapes for several images, where the graph leaves their number open: they show which dimension it is.</summary>
    /// <returns>Null where it takes one alone.</returns>
    private Dictionary<string, ImmutableArray<long>>? ShapesOfSeveral(int size, IEnumerable<string> tensors)
    {
        try
        {
            return Image.Batch is null ? Shapes(size, tensors, Several) : null;
        }
        catch (InvalidInputException)
        {
            return null; // it says that any number will do, and has one in its constants
        }
    }

    private Dictionary<string, ImmutableArray<long>> Shapes(int size, IEnumerable<string> tensors) => Shapes(size, tensors, Image.Batch ?? 1);

    private Dictionary<string, ImmutableArray<long>> Shapes(int size, IEnumerable<string> tensors, int batch)
    {
        ImmutableArray<string> targets = [.. tensors.Distinct(StringComparer.Ordinal)];
        var cut = new GraphCut(_file, Image, _walk, targets);
        string[] outputs = [.. targets.Select((_, index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"base.shape.{index}"))];
        for (var index = 0; index < targets.Length; index++)
        {
            cut.AddShape(targets[index], outputs[index]);
        }

        var shapes = BaseRuntime.Shapes(_file, cut.ToModel(batch, size, outputs), batch, size, outputs);
        return targets.Zip(shapes).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    private void Require<T>(string field, T? given, T? found)
    {
        if (given is not null && !EqualityComparer<T>.Default.Equals(given, found))
        {
            throw _file.Refuse($"is {given}, but {_file.Path} has {(found is null ? "costs that are not known" : found.ToString())}; leave it out to take what the model has", field);
        }
    }
}
