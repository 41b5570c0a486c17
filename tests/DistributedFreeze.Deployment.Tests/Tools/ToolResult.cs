namespace DistributedFreeze.Deployment.Tools;

/// <summary>How a program ended and what it said.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that was content; anything else fails the test.</summary>
    public string Content()
    {
        Assert.True(ExitCode == 0, Output + Error);
        return Output;
    }

    /// <summary>The error of a program that refused; anything else fails the test.</summary>
    public string Refusal()
    {
        Assert.True(ExitCode != 0, $"It was content, and wrote: {Output}");
        return Error;
    }
}
