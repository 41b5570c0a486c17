using System.Diagnostics;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using PureHDF;

namespace DistributedFreeze.Training.Weights;

public sealed class KerasH5FileTests : IDisposable
{
    private const string Real = "data/weights/resnet50_keras_v1.h5";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, ":0")]
    [InlineData(true, ":0")]
    [InlineData(true, "")]
    public void Read_TurnsKernelsAndTranslatesNames(bool wholeModel, string suffix)
    {
        var path = Store(wholeModel, suffix);
        using var file = KerasH5File.Open(path);

        Assert.Equal(
            [
                "conv1_bn.bias", "conv1_bn.running_mean", "conv1_bn.running_var", "conv1_bn.weight",
                "conv1_conv.bias", "conv1_conv.weight", "predictions.bias", "predictions.weight",
            ],
            file.Tensors.Select(info => info.Name));
        Assert.Equal([4L, 3L, 2L, 5L], file.Find("conv1_conv.weight")!.Shape);
        Assert.Equal([3L, 70L], file.Find("predictions.weight")!.Shape);

        // The element at (height h, width w, in i, out o) is worth 1000h + 100w + 10i + o.
        var kernel = file.Read("conv1_conv.weight");
        for (var i = 0; i < kernel.Length; i++)
        {
            var (o, input, h, w) = (i / 30, i / 10 % 3, i / 5 % 2, i % 5);
            Assert.Equal((1000 * h) + (100 * w) + (10 * input) + o, kernel[i]);
        }

        var dense = file.Read("predictions.weight");
        Assert.All(Enumerable.Range(0, 210), i => Assert.Equal((i % 70 * 3) + (i / 70), dense[i]));
        Assert.Equal([1f, 2f], file.Read("conv1_bn.weight"));
        Assert.Equal([3f, 4f], file.Read("conv1_bn.bias"));
        Assert.Equal([5f, 6f], file.Read("conv1_bn.running_mean"));
        Assert.Equal([7f, 8f], file.Read("conv1_bn.running_var"));
    }

    [Fact]
    public void Open_OfACutFileRefuses()
    {
        var whole = File.ReadAllBytes(Store(wholeModel: false, ":0"));
        for (var length = 0; length < whole.Length; length += 1 + (length / 40))
        {
            var path = _folder.In("cut.h5");
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<InvalidInputException>(() => KerasH5File.Open(path).Dispose());
        }
    }

    [Fact]
    public void Open_OfADamagedFileReadsOrRefuses()
    {
        var whole = File.ReadAllBytes(Store(wholeModel: false, ":0"));
        var random = new Random(3);
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var path = _folder.In("damaged.h5");
            File.WriteAllBytes(path, damaged);
            try
            {
                using var file = KerasH5File.Open(path);
                foreach (var info in file.Tensors)
                {
                    file.Read(info.Name);
                }
            }
            catch (InvalidInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 1999);
    }

    [Fact]
    public void Open_RefusesAnHdf5FileWithoutWeights()
    {
        var path = _folder.In("other.h5");
        new H5File { ["numbers"] = new float[] { 1, 2 } }.Write(path);

        var e = Assert.Throws<InvalidInputException>(() => KerasH5File.Open(path));

        Assert.Contains("holds no weights in Keras's layout", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheRealFileIsReadWithinSeconds()
    {
        var path = SharedFolder.Require(Real);
        var watch = Stopwatch.StartNew();
        using var file = WeightsFile.Open(path);
        var opened = watch.Elapsed;
        var elements = file.Tensors.Sum(info => (long)file.Read(info.Name).Length);
        TestContext.Current.SendDiagnosticMessage($"opened in {opened.TotalMilliseconds:0} ms, read in {watch.ElapsedMilliseconds} ms");

        Assert.Equal(25_636_712, elements);
        Assert.Equal((53 * 2) + (53 * 4) + 2, file.Tensors.Count);
        Assert.Equal([64L, 3L, 7L, 7L], file.Find("conv1_conv.weight")!.Shape);
        Assert.Equal([1000L, 2048L], file.Find("predictions.weight")!.Shape);
        Assert.All(file.Read("conv5_block3_3_bn.running_var"), value => Assert.True(value > 0));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void TheRealFileCutAnywhereIsRefused()
    {
        var source = SharedFolder.Require(Real);
        var path = _folder.In("cut.h5");
        File.Copy(source, path);
        File.SetAttributes(path, FileAttributes.Normal);
        foreach (var share in new[] { 0.999999, 0.9, 0.5, 0.1, 0.0001 })
        {
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
            {
                file.SetLength((long)(new FileInfo(source).Length * share));
            }

            Assert.Throws<InvalidInputException>(() => WeightsFile.Open(path));
        }
    }

    private string Store(bool wholeModel, string suffix)
    {
        var kernel = new float[2, 5, 3, 4];
        var dense = new float[70, 3];
        foreach (var (h, w, i, o) in from h in Enumerable.Range(0, 2) from w in Enumerable.Range(0, 5) from i in Enumerable.Range(0, 3) from o in Enumerable.Range(0, 4) select (h, w, i, o))
        {
            kernel[h, w, i, o] = (1000 * h) + (100 * w) + (10 * i) + o;
        }

        for (var i = 0; i < dense.Length; i++)
        {
            dense[i / 3, i % 3] = i;
        }

        var layers = new H5Group
        {
            ["input_1"] = new H5Group(),
            ["conv1_conv"] = new H5Group { ["conv1_conv"] = new H5Group { ["kernel" + suffix] = kernel, ["bias" + suffix] = new float[4] } },
            ["conv1_bn"] = new H5Group
            {
                ["conv1_bn"] = new H5Group
                {
                    ["gamma" + suffix] = new float[] { 1, 2 },
                    ["beta" + suffix] = new float[] { 3, 4 },
                    ["moving_mean" + suffix] = new float[] { 5, 6 },
                    ["moving_variance" + suffix] = new float[] { 7, 8 },
                },
            },
            ["fc1000"] = new H5Group { ["fc1000"] = new H5Group { ["kernel" + suffix] = dense, ["bias" + suffix] = new float[3] } },
        };
        var file = new H5File();
        if (wholeModel)
        {
            file["model_weights"] = layers;
            file["optimizer_weights"] = new H5Group { ["iterations:0"] = new long[] { 1 } };
        }
        else
        {
            foreach (var (name, value) in layers)
            {
                file[name] = value;
            }
        }

        var path = _folder.In($"keras{wholeModel}.h5");
        file.Write(path);
        return path;
    }
}
