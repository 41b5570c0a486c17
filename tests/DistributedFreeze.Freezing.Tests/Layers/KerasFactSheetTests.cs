using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Tests.Facts;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Layers;

public sealed class KerasFactSheetTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);

    [Fact]
    public void Every_row_that_Keras_reports_is_a_layer_of_the_table()
    {
        var rows = CsvRow.Read("keras_resnet50_layers.csv");
        var shapes = Table.ShapesAt(224);
        var multiplyAdds = Table.MultiplyAddsAt(224);

        Assert.Equal(rows.Count, Table.Layers.Length);
        Assert.All(rows.Zip(Table.Layers), pair =>
        {
            var (row, layer) = pair;
            Assert.Equal(row.Whole("index"), layer.Index);
            Assert.Equal(row["name"], layer.Name);
            Assert.Equal(row["kind"], KerasKind(layer.Kind));
            Assert.Equal(row.Whole("params"), layer.Parameters);
            Assert.Equal(row.Whole("trainable_params"), layer.TrainableParameters);
            Assert.Equal(row.Whole("non_trainable_params"), layer.Statistics);
            Assert.Equal(row["output_hwc"], shapes[layer.Index].ToString());
            Assert.Equal(row["parents"], string.Join('+', layer.Parents.Select(parent => Table.Layers[parent].Name)));
            Assert.Equal(row.Whole("forward_macs_224"), multiplyAdds[layer.Index]);
            Assert.Equal(row["kernel"], $"{layer.Convolution?.Kernel}");
            Assert.Equal(row["stride"], $"{layer.Convolution?.Stride}");
            Assert.Equal(row["bias"], $"{layer.Convolution?.Bias}");
            Assert.Equal(row["padding"], KerasPadding(layer.Convolution));
        });
    }

    [Fact]
    public void The_last_layers_open_as_many_parameters_as_Keras_reports()
    {
        var rows = CsvRow.Read("keras_resnet50_layers.csv");

        Assert.All(rows, row => Assert.Equal(
            row.Whole("trainable_from_here_to_end"),
            Table.Layers.Skip((int)row.Whole("index")).Sum(layer => layer.TrainableParameters)));
    }

    private static string KerasKind(LayerKind kind) => kind switch
    {
        LayerKind.Input => "InputLayer",
        LayerKind.ZeroPadding => "ZeroPadding2D",
        LayerKind.Convolution => "Conv2D",
        LayerKind.BatchNormalization => "BatchNormalization",
        LayerKind.Relu => "Activation(relu)",
        LayerKind.Add => "Add",
        _ => "MaxPooling2D",
    };

    private static string KerasPadding(ConvolutionShape? convolution) => convolution switch
    {
        null => "",
        { Padding: 0 } => "VALID",
        _ => "SAME",
    };
}
