using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>A diagnosis for people: a line for each thing, and then what to do.</summary>
internal sealed class DoctorText(CommandConsole console)
{
    private const string Unknown = "not known, see below";

    public void Write(Diagnosis found)
    {
        Line("Program", found.Program is { } program ? $"dfreeze {program.Version} on {program.Runtime}, in {program.Folder}" : Unknown);
        Line("System", found.System is { } system ? $"{system.Name} ({system.Architecture}), kernel {system.Kernel}, {system.LibC ?? "no glibc"}" : Unknown);
        Line("Processor", found.Processor is { } processor ? Of(processor) : Unknown);
        Line("Memory", found.Memory is { } memory ? Of(memory) : Unknown);
        Line("libtorch", found.LibTorch is { } torch
            ? $"{torch.Version ?? "of a version that it does not tell"}{(torch.Folder is { } folder ? $" in {folder}" : "")}{(torch.NamedBy is { } variable ? $", which {variable} names" : "")}, for {(torch.Cuda is { } cuda ? $"CUDA {cuda} with cuDNN {torch.CuDnn ?? "of a version that it does not tell"}" : "the processor alone")}{(torch.OneDnn is { } oneDnn ? $", oneDNN {oneDnn}" : "")}{(torch.Vectors is { } vectors ? $", its own kernels {vectors}" : "")}"
            : Unknown);
        Line("ONNX Runtime", found.OnnxRuntime is { } onnx ? $"{onnx.Version}, evaluates on {string.Join(", ", onnx.Providers.Select(RunEnums.NameOf))}" : Unknown);
        if (found.Gpus.IsEmpty)
        {
            Line("GPUs", "none");
        }

        foreach (var gpu in found.Gpus)
        {
            Line(gpu.Device, $"{gpu.Model}{(gpu.MemoryBytes is { } bytes ? $", {Amount.Bytes(bytes)}" : "")}{(gpu.FreeBytes is { } free ? $", {Amount.Bytes(free)} free" : "")}{(gpu.Capability is { } capability ? $", compute capability {capability}" : "")}{(gpu.Driver is { } driver ? $", driver {driver}" : "")}");
        }

        foreach (var tried in found.Convolutions)
        {
            Line("Convolutions", $"on {tried.Device}: {tried.Tried} tried with their gradients in {Amount.Duration(tried.Seconds)}, {(tried.Faults.IsEmpty ? "all right" : $"{tried.Faults.Length} WRONG")}");
        }

        Line("Cache", found.Cache is { } cache ? $"{cache.Folder}, {Amount.Bytes(cache.Bytes)} in it{(cache.FreeBytes is { } left ? $", {Amount.Bytes(left)} left on its disk" : "")}" : Unknown);
        Line("A run", found.Run is { } run
            ? $"would train on {(run.Device == "cpu" ? "the processor" : "GPUs")}, {(run.MostReplicas == 1 ? "on 1 replica" : $"on up to {run.MostReplicas} replicas")}, frozen layers by the prefix engine {RunEnums.NameOf(run.PrefixEngine)} on {RunEnums.NameOf(run.PrefixProvider)}"
            : "would fail, see below");
        console.Output.WriteLine();
        foreach (var finding in found.Findings)
        {
            console.Output.WriteLine($"{(finding.Stops ? "error" : "warning")}: {finding}".ReplaceLineEndings(" "));
        }

        console.Output.WriteLine(found.Findings.IsEmpty ? "Nothing is missing." : found.Works ? "A run would work." : "A run would fail: mend the errors above, and look again.");
    }

    private static string Of(ProcessorFacts processor) => string.Create(
        CultureInfo.InvariantCulture,
        $"{processor.Model ?? "of a name that the system does not tell"}, {processor.Usable} of {processor.Threads} threads for this program, {processor.Instructions}, {(processor.Caches.IsEmpty ? "tells no cache sizes" : string.Join(", ", processor.Caches))}");

    private static string Of(MemoryFacts memory) =>
        $"{(memory.MachineBytes is { } machine ? $"{Amount.Bytes(machine)} in the machine, " : "")}{(memory.AvailableBytes is { } available ? $"{Amount.Bytes(available)} free, " : "")}"
        + $"{Amount.Bytes(memory.ProcessBytes)} for this program, {Amount.Bytes(memory.RunBytes)} of them for runs";

    private void Line(string name, string value) => console.Output.WriteLine($"{name,-12} {value}".ReplaceLineEndings(" "));
}
