using System.Text;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class RawArgumentsTests
{
    [Fact]
    public void AnArgumentThatIsNotUtf8_IsShownByItsBytes()
    {
        byte[] line = [.. "dfreeze\0predict\0run\0/photos/caf"u8, 0xE9, .. ".png\0b"u8, 0x82, .. ".png\0c\u00E9.png\0"u8];

        var problems = Assert.Throws<InvalidInputException>(() => RawArguments.RequireUtf8(line)).Problems;

        Assert.Equal([@"/photos/caf\xe9.png", @"b\x82.png"], problems.Select(problem => problem.Field));
        Assert.Contains("convmv -r -f latin1 -t utf8 --notest '/photos'", problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("convmv -r -f cp850 -t utf8 --notest '.'", problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllOthers_AreTaken()
    {
        RawArguments.RequireUtf8(Encoding.UTF8.GetBytes("dfreeze\0predict\0caf\u00E9.png\0\uFFFD.png\0"));
        RawArguments.RequireUtf8(["predict", "\uFFFD.png"]); // this process was started with nothing of the kind
    }
}
