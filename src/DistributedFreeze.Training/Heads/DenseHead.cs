using System.Numerics.Tensors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Training.Steps;

namespace DistributedFreeze.Training.Heads;

/// <summary>The head in plain loops, forward and backward, on flat memory: what trains when the whole base is frozen and its features are kept.</summary>
/// <remarks>
/// From stored features an image costs microseconds, and the calls of an autograd step would cost a hundred times that. Every image is
/// computed by itself, in one order of addition, so its bits depend on nothing else; weights are walked once per shard. The gradient, as long as
/// the parameters, is written where it is wanted, and kept nowhere. Nothing is allocated per step. Belongs to one thread.
/// </remarks>
internal sealed class DenseHead
{
    private readonly DenseLayer[] _layers;
    private readonly int[] _weights;
    private readonly int[] _biases;

    /// <summary>Activations that enter each layer, and after the last one the logits: per image, one after another.</summary>
    private readonly float[][] _activations;

    /// <summary>Loss gradients of what each layer puts out.</summary>
    private readonly float[][] _deltas;

    /// <summary>As the last of them, for what an image is mixed with.</summary>
    private readonly float[] _otherDelta;

    /// <summary>An output's delta of each image.</summary>
    private readonly float[] _row;

    private int _images;

    /// <param name="head">The layers.</param>
    /// <param name="layout">Where their parameters are; the head's come last.</param>
    /// <param name="capacity">Most images in a call, at least 1.</param>
    public DenseHead(HeadLayers head, ParameterLayout layout, int capacity)
    {
        _layers = [.. head.Layers];
        _weights = [.. _layers.Select(layer => Offset($"{layer.Name}.weight"))];
        _biases = [.. _layers.Select(layer => Offset($"{layer.Name}.bias"))];
        _activations = [.. _layers.Select(layer => new float[capacity * layer.InFeatures]), new float[capacity * Classes]];
        _deltas = [.. _layers.Select(layer => new float[capacity * layer.OutFeatures])];
        _otherDelta = new float[Classes];
        _row = new float[capacity];

        int Offset(string name) => layout.Parameters.Single(slot => slot.Name == name).Offset;
    }

    /// <summary>Number of classes.</summary>
    public int Classes => _layers[^1].OutFeatures;

    /// <summary>Elements of the gradient.</summary>
    public int ParameterCount => _biases[^1] + Classes;

    /// <summary>Where the features of up to capacity images are put before a call: (N, inputs), one image after another.</summary>
    public Span<float> Features => _activations[0];

    /// <summary>Logits of the last call: (N, classes).</summary>
    public ReadOnlySpan<float> Logits => _activations[^1];

    /// <summary>Computes the logits of the images in <see cref="Features"/>.</summary>
    /// <param name="parameters">The flat parameters.</param>
    /// <param name="images">Number of images, 1 to capacity.</param>
    /// <param name="dropout">For each hidden layer, what (image, unit) is multiplied by; null where nothing is dropped.</param>
    public void Forward(ReadOnlySpan<float> parameters, int images, float[][]? dropout)
    {
        for (var l = 0; l < _layers.Length; l++)
        {
            var (inputs, outputs) = (_layers[l].InFeatures, _layers[l].OutFeatures);
            var isHidden = l < _layers.Length - 1;
            var results = _activations[l + 1].AsSpan(0, images * outputs);
            DenseKernels.Products(parameters.Slice(_weights[l], outputs * inputs), _activations[l].AsSpan(0, images * inputs), inputs, results, outputs);
            for (var i = 0; i < images; i++)
            {
                var result = results.Slice(i * outputs, outputs);
                TensorPrimitives.Add(result, parameters.Slice(_biases[l], outputs), result);
                for (var o = 0; isHidden && o < outputs; o++)
                {
                    result[o] = Math.Max(result[o], 0) * (dropout?[l][i * outputs + o] ?? 1);
                }
            }
        }
    }

    /// <summary>Loss and correct answers of the last <see cref="Forward"/>, whose gradient <see cref="CopyGradient"/> then gives.</summary>
    /// <param name="parameters">The parameters of that call.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="dropout">The factors of that call.</param>
    /// <param name="weights">How much the loss of an image counts, by class; null where each counts 1.</param>
    /// <param name="smoothing">Share of a label that is spread over all classes, 0 up to but not including 1.</param>
    /// <param name="others">The class of what each image is mixed with; empty where none is.</param>
    /// <param name="shares">Each image's own share of that mixture, 0 to 1: an answer is right where it is the class of the larger share.</param>
    public (float Loss, int Correct) Backward(
        ReadOnlySpan<float> parameters, ReadOnlySpan<int> labels, float[][]? dropout, float[]? weights = null, double smoothing = 0,
        ReadOnlySpan<int> others = default, ReadOnlySpan<float> shares = default)
    {
        var (loss, correct) = (0f, 0);
        for (var i = 0; i < labels.Length; i++)
        {
            var delta = _deltas[^1].AsSpan(i * Classes, Classes);
            var own = LossOf(i, labels[i], weights, smoothing, delta);
            if (others.IsEmpty)
            {
                loss += own;
                correct += Answer(i) == labels[i] ? 1 : 0;
                continue;
            }

            var share = shares[i];
            var other = LossOf(i, others[i], weights, smoothing, _otherDelta);
            TensorPrimitives.Multiply(delta, share, delta);
            TensorPrimitives.MultiplyAdd(_otherDelta, 1 - share, delta, delta);
            loss += share * own + (1 - share) * other;
            correct += Answer(i) == (share >= 0.5f ? labels[i] : others[i]) ? 1 : 0;
        }

        for (var l = _layers.Length - 1; l > 0; l--)
        {
            PassBack(l, labels.Length, parameters, dropout);
        }

        _images = labels.Length;
        return (loss, correct);
    }

    /// <summary>Writes a stretch of the gradient of the sum of the losses of the last <see cref="Backward"/>.</summary>
    /// <param name="start">The stretch's first element in the flat vector, from the head's first one.</param>
    /// <param name="destination">Takes the stretch; ends within the head.</param>
    public void CopyGradient(int start, Span<float> destination)
    {
        while (!destination.IsEmpty)
        {
            var l = Array.FindLastIndex(_weights, weights => weights <= start);
            var length = start < _biases[l] ? CopyRow(l, start - _weights[l], destination) : CopyBias(l, start - _biases[l], destination);
            start += length;
            destination = destination[length..];
        }
    }

    /// <summary>Loss of an image of the last <see cref="Forward"/>: -log of the softmax at its label.</summary>
    /// <param name="image">The image, from 0.</param>
    /// <param name="label">Its class.</param>
    /// <param name="delta">(classes), receives the loss's gradient: softmax - one-hot.</param>
    public float CrossEntropy(int image, int label, Span<float> delta)
    {
        var logits = Logits.Slice(image * Classes, Classes);
        var peak = TensorPrimitives.Max(logits);
        var sum = 0f;
        for (var c = 0; c < delta.Length; c++)
        {
            delta[c] = MathF.Exp(logits[c] - peak);
            sum += delta[c];
        }

        TensorPrimitives.Divide(delta, sum, delta);
        delta[label] -= 1;
        return MathF.Log(sum) - (logits[label] - peak);
    }

    /// <summary>The class with the highest logit of an image of the last <see cref="Forward"/>; the first of equals.</summary>
    public int Answer(int image) => TensorPrimitives.IndexOfMax(Logits.Slice(image * Classes, Classes));

    private float LossOf(int image, int label, float[]? weights, double smoothing, Span<float> delta) => smoothing > 0
        ? SmoothedCrossEntropy.Of(Logits.Slice(image * Classes, Classes), label, weights, smoothing, delta)
        : WeightedCrossEntropy(image, label, weights, delta);

    private float WeightedCrossEntropy(int image, int label, float[]? weights, Span<float> delta)
    {
        var loss = CrossEntropy(image, label, delta);
        if (weights is null)
        {
            return loss;
        }

        TensorPrimitives.Multiply(delta, weights[label], delta);
        return loss * weights[label];
    }

    /// <summary>Writes what is asked for of one row of a layer's weights.</summary>
    /// <returns>How much that is.</returns>
    private int CopyRow(int l, int at, Span<float> destination)
    {
        var (inputs, outputs) = (_layers[l].InFeatures, _layers[l].OutFeatures);
        var (output, input) = Math.DivRem(at, inputs);
        var length = Math.Min(inputs - input, destination.Length);
        var deltas = _row.AsSpan(0, _images);
        for (var i = 0; i < deltas.Length; i++)
        {
            deltas[i] = _deltas[l][i * outputs + output];
        }

        DenseKernels.WeightedSum(_activations[l].AsSpan(input), inputs, deltas, destination[..length]);
        return length;
    }

    private int CopyBias(int l, int first, Span<float> destination)
    {
        var outputs = _layers[l].OutFeatures;
        var length = Math.Min(outputs - first, destination.Length);
        destination[..length].Clear();
        for (var i = 0; i < _images; i++)
        {
            TensorPrimitives.Add(destination[..length], _deltas[l].AsSpan(i * outputs + first, length), destination);
        }

        return length;
    }

    private void PassBack(int l, int images, ReadOnlySpan<float> parameters, float[][]? dropout)
    {
        var (inputs, outputs) = (_layers[l].InFeatures, _layers[l].OutFeatures);
        var before = _deltas[l - 1];
        before.AsSpan(0, images * inputs).Clear();
        for (var o = 0; o < outputs; o++)
        {
            var row = parameters.Slice(_weights[l] + o * inputs, inputs);
            for (var i = 0; i < images; i++)
            {
                var delta = before.AsSpan(i * inputs, inputs);
                TensorPrimitives.MultiplyAdd(row, _deltas[l][i * outputs + o], delta, delta);
            }
        }

        for (var u = 0; u < images * inputs; u++)
        {
            // A unit that ReLU or dropout silenced passes nothing back.
            before[u] = _activations[l][u] > 0 ? before[u] * (dropout?[l - 1][u] ?? 1) : 0;
        }
    }
}
