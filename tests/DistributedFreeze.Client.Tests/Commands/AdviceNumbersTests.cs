using DistributedFreeze.Advice;
using DistributedFreeze.Cli.Advise;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>What advice says of the blocks that it chose.</summary>
public sealed class AdviceNumbersTests
{
    [Fact]
    public void TheBlocksThatWereChosen_AreNamed() => Assert.Equal(
        "Of all blocks a group lasso chooses conv3_block4_out and conv5_block3_out together (2,560 channels): 90.0 (85.0 to 94.0) %, +5.0 (+1.0 to +8.0) points over the last block alone on the same images.",
        AdviceNumbers.Of(new BlockSelection(["conv3_block4_out", "conv5_block3_out"], 2560, new(0.9, 0.85, 0.94), new(0.05, 0.01, 0.08, IsDistinguishable: true))));

    [Fact]
    public void WhatChanceWouldGive_IsSaidToBeThat() => Assert.EndsWith(
        "+1.0 (-1.0 to +3.0) points over the last block alone on the same images, not distinguishable.",
        AdviceNumbers.Of(new BlockSelection(["conv4_block6_out"], 1024, new(0.9, 0.85, 0.94), new(0.01, -0.01, 0.03, IsDistinguishable: false))),
        StringComparison.Ordinal);
}
