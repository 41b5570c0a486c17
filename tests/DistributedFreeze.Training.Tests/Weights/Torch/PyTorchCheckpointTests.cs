using System.Globalization;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>Checkpoints that PyTorch itself wrote, where a Python has it.</summary>
[Slow]
public sealed class PyTorchCheckpointTests : IDisposable
{
    private const string Script = """
        import sys, collections, torch
        torch.manual_seed(3)
        net = torch.nn.Sequential(collections.OrderedDict(
            conv1=torch.nn.Conv2d(3, 4, 3, bias=False), bn1=torch.nn.BatchNorm2d(4), flat=torch.nn.Flatten(), fc=torch.nn.Linear(16, 2)))
        best = torch.optim.AdamW(net.parameters())
        torch.nn.functional.cross_entropy(net(torch.randn(2, 3, 4, 4)), torch.tensor([0, 1])).backward()
        best.step()
        state = net.state_dict()
        torch.save(state, sys.argv[1] + "/zip.pth")
        torch.save(state, sys.argv[1] + "/legacy.pth", _use_new_zipfile_serialization=False)
        whole = {"epoch": 3, "arch": "resnet50", "best": 0.5, "model": state, "optimizer": best.state_dict(), "rates": [1e-3, (1, None, True)]}
        torch.save(whole, sys.argv[1] + "/whole.pth")
        torch.save(whole, sys.argv[1] + "/whole-legacy.pth", _use_new_zipfile_serialization=False)
        last = {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v.half() if v.is_floating_point() else v for k, v in state.items()}
        torch.save(last, sys.argv[1] + "/last.pth")
        torch.save(net, sys.argv[1] + "/module.pth")
        for k, v in state.items():
            print(k, *["%.9g" % x for x in v.flatten().tolist()])
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatPyTorchSaves_IsReadToTheLastBit()
    {
        var expected = Save();

        foreach (var (name, prefix) in (ReadOnlySpan<(string, string)>)[("zip", ""), ("legacy", ""), ("whole", "model."), ("whole-legacy", "model.")])
        {
            using var file = TorchFile.Open(_folder.In($"{name}.pth"));
            Assert.Equal(expected.Keys.Select(key => prefix + key).Order(StringComparer.Ordinal), file.Tensors.Select(info => info.Name));
            Assert.All(expected, tensor => Assert.Equal(tensor.Value, file.Read(prefix + tensor.Key)));
        }

        using var last = TorchFile.Open(_folder.In("last.pth"));
        Assert.Equal(expected["conv1.weight"], last.Read("conv1.weight"));
        Assert.Equal(expected["fc.weight"].Select(value => (float)(Half)value), last.Read("fc.weight"));
        var module = Assert.Throws<Errors.InvalidInputException>(() => TorchFile.Open(_folder.In("module.pth")));
        Assert.Contains("it names torch.nn.modules.container.Sequential", module.Message, StringComparison.Ordinal);
    }

    private Dictionary<string, float[]> Save() =>
        Python.Run("torch", "python3-torch", Script, "", _folder.Path).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1..].Select(word => float.Parse(word, CultureInfo.InvariantCulture)).ToArray());
}
