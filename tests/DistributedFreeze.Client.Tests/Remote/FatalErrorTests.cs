using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Client.Tests.Remote;

public sealed class FatalErrorTests
{
    [Theory]
    [InlineData("I have been told I am dead, so this silo will stop! Reason: The membership view ...", 75, "the cluster has declared this silo dead")]
    [InlineData("I have been told I am dead, so this silo will stop! Reason: Detected newer version of myself - I am the older", 75, "another silo has joined")]
    [InlineData("UpdateIAmAlive", 70, "the silo cannot go on: IOException: the disk is gone")]
    public void WhatOrleansCannotGoOnFrom_IsALineAndAnExitCode(string context, int exitCode, string line)
    {
        var said = FatalErrors.Of(context, exitCode == 70 ? new IOException("the disk is gone") : null);

        Assert.Equal(exitCode, said.ExitCode);
        Assert.StartsWith(line, said.Line, StringComparison.Ordinal);
    }
}
