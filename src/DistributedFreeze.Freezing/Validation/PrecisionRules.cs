using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Which numbers go with which device, and with what evaluates the frozen layers.</summary>
internal static class PrecisionRules
{
    public static void Check(RunSpec spec, ProblemList problems)
    {
        problems.Defined("precision", spec.Precision);
        if (spec is { Precision: RunPrecision.Tf32, Device: DeviceChoice.Cpu })
        {
            problems.Add("precision", "is tf32, which NVIDIA's GPUs alone have, and the run is for the processor (`device`); give fp32, or bf16, which the processor has, too");
        }

        if (spec.Precision != RunPrecision.Bf16)
        {
            return;
        }

        if (spec.Model?.Base is not null)
        {
            problems.Add("precision", "is bf16, but `model.base` is evaluated by ONNX Runtime in the model's own numbers, and the head in fp32 in any case; leave it out");
        }
        else if (spec.Features is { Provider: not PrefixProvider.Auto })
        {
            problems.Add("precision", $"is bf16, in which TorchSharp evaluates the frozen layers, and `features.provider` is ONNX Runtime's {RunEnums.NameOf(spec.Features.Provider)}; leave one of them out");
        }
    }
}
