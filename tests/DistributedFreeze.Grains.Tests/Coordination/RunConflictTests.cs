using DistributedFreeze.Errors;

namespace DistributedFreeze.Grains.Coordination;

public sealed class RunConflictTests
{
    [Fact]
    public void TheSameInputsOfAHead_AreTheSameRun_HoweverTheyAreSaid()
    {
        RunConflict.RequireSame("r", Submission("conv5_block3_out"), Submission());
        RunConflict.RequireSame("r", Submission("conv4_block6_out", "conv3_block4_out"), Submission("conv3_block4_out", "conv4_block6_out"));

        Assert.Throws<InvalidInputException>(() => RunConflict.RequireSame("r", Submission("conv4_block6_out"), Submission()));
    }

    private static RunSubmission Submission(params string[] inputs) =>
        new(new() { Data = new() { Path = "images" }, Output = "out", Phases = [new()], Model = new() { Head = new() { Inputs = [.. inputs] } } }, Resume: false);
}
