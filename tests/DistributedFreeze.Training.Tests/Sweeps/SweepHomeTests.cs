namespace DistributedFreeze.Training.Sweeps;

/// <summary>Which trials share a pass over the images.</summary>
public sealed class SweepHomeTests
{
    [Fact]
    public void TheSameInputsOfAHead_ShareAHome_HoweverTheyAreSaid()
    {
        Assert.Equal(Key(), Key("conv5_block3_out"));
        Assert.Equal(Key("conv3_block4_out", "conv4_block6_out"), Key("conv4_block6_out", "conv3_block4_out"));
        Assert.Distinct([Key(), Key("conv4_block6_out"), Key("conv3_block4_out", "conv4_block6_out")]);

        static string Key(params string[] inputs) =>
            SweepHome.KeyOf(new() { Data = new() { Path = "images" }, Output = "out", Phases = [new()], Model = new() { Weights = "w", Head = new() { Inputs = [.. inputs] } } }, _ => true);
    }
}
