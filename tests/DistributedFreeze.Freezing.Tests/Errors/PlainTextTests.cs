namespace DistributedFreeze.Errors;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("\u001b]0;title\u0007cat", "\\u001b]0;title\\u0007cat")]
    [InlineData("cat\nerror: forged\rx\ty", "cat\\u000aerror: forged\\u000dx\\u0009y")]
    [InlineData("\u009b2Jcat\u007f", "\\u009b2Jcat\\u007f")]
    [InlineData("gpj.\u202etac", "gpj.\\u202etac")]
    [InlineData("Käse 猫 🐈 ' < &", "Käse 猫 🐈 ' < &")]
    [InlineData("", "")]
    public void WhatSteersATerminal_IsWrittenOut(string text, string plain) => Assert.Equal(plain, PlainText.Line(text));

    [Fact]
    public void HalfACharacter_IsWrittenOut() => Assert.Equal("half \\ud83d", PlainText.Line("half " + (char)0xd83d));

    [Fact]
    public void LinesStayLines_WhereThereMayBeSome() => Assert.Equal("a\n\tb\\u001b[2J", PlainText.Lines("a\n\tb\u001b[2J"));

    [Fact]
    public void ErrorsAreHarmless()
    {
        var invalid = new InvalidInputException("data.path", "class \u001b[2Jcat");

        Assert.Equal("class \\u001b[2Jcat", Assert.Single(invalid.Problems).Message);
        Assert.DoesNotContain('\u001b', invalid.Message);
        Assert.DoesNotContain('\u001b', new RunFailedException("\u001b[2J").Message);
    }
}
