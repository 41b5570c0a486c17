using System.Runtime.Intrinsics.X86;
using DistributedFreeze.Freezing.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Diagnosis;

[Slow]
public sealed class ConvolutionCheckTests
{
    private static readonly ConvolutionCase Small = new(new(InChannels: 8, OutChannels: 16, Kernel: 3, Stride: 2, Padding: 1, Bias: false), Size: 9);

    [Fact]
    public void AResNet50_HasEachOfItsConvolutionsOnce()
    {
        var cases = ConvolutionCase.OfResNet50;

        Assert.Equal(cases.Length, cases.Distinct().Count());
        Assert.Contains(cases, one => one.Shape is { InChannels: 3, OutChannels: 64, Kernel: 7, Stride: 2 });
        Assert.Contains(cases, one => one is { Shape: { InChannels: 1024, OutChannels: 2048, Kernel: 1, Stride: 2 }, Size: 14 });
        Assert.Contains(cases, one => one is { Shape: { InChannels: 512, OutChannels: 512, Kernel: 3, Stride: 2 }, Size: 14 }); // torchvision's alone
    }

    [Fact]
    public async Task OnThisMachine_AllAreRight()
    {
        var begun = new List<ConvolutionCase>();

        var faults = await new ConvolutionCheck().FaultsAsync("cpu", ConvolutionCase.OfResNet50, begun.Add);

        Assert.Empty(faults);
        Assert.Equal(ConvolutionCase.OfResNet50, begun);
    }

    [Theory]
    [InlineData("none", true)]
    [InlineData("one element of the result", false)]
    [InlineData("one element of the input's gradient", false)]
    [InlineData("one element of the weights' gradient", false)]
    [InlineData("no number in the result", false)]
    [InlineData("a refusal", false)]
    public void OneElementThatIsWrong_IsFound(string fault, bool isRight)
    {
        var found = new ConvolutionCheck((shape, input, weight) => Broken(fault, shape, input, weight)).FaultOf(Small, CPU);

        Assert.Equal(isRight, found is null);
        Assert.True(isRight || found!.StartsWith("8 to 16 channels of 9x9 pixels, kernel 3, stride 2: ", StringComparison.Ordinal), found);
    }

    /// <summary>A fact from outside: these kernels of oneDNN 3.7.1 are wrong on this processor, and those for AVX2 are right.</summary>
    [Fact]
    public void AKernelThatIsKnownToBeWrong_IsFound()
    {
        Assert.SkipUnless(Avx512F.IsSupported && FamilyOfAmd() == 26, "They are AMD's of family 26 with AVX-512.");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") is null or "", "Other kernels are asked for.");
        var wrong = new ConvolutionCase(new(InChannels: 24, OutChannels: 24, Kernel: 3, Stride: 1, Padding: 1, Bias: false), Size: 14);

        Assert.NotNull(new ConvolutionCheck().FaultOf(wrong, CPU));
    }

    private static Tensor Broken(string fault, ConvolutionShape shape, Tensor input, Tensor weight)
    {
        if (fault == "a refusal")
        {
            return functional.conv2d(input, weight[.., ..1]);
        }

        var result = functional.conv2d(input, weight, strides: [shape.Stride, shape.Stride], padding: [shape.Padding, shape.Padding]);
        var first = zeros_like(result).detach();
        first[0, 0, 0, 0] = fault == "no number in the result" ? float.NaN : 1;
        return fault switch
        {
            "one element of the input's gradient" => result + (first * Nothing(input[0, 0, 0, 0])),
            "one element of the weights' gradient" => result + (first * Nothing(weight[0, 0, 0, 0])),
            "none" => result,
            _ => result + first,
        };
    }

    /// <summary>0, with a gradient.</summary>
    private static Tensor Nothing(Tensor element) => element - element.detach();

    private static int FamilyOfAmd()
    {
        var eax = X86Base.CpuId(1, 0).Eax;
        return ((eax >> 8) & 0xf) + ((eax >> 20) & 0xff);
    }
}
