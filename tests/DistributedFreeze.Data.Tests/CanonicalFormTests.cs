namespace DistributedFreeze.Data;

/// <summary>The expected forms are those of Python's <c>unicodedata.normalize("NFD", ...)</c>.</summary>
public sealed class CanonicalFormTests
{
    [Theory]
    [InlineData("Cat_1", "Cat_1")]
    [InlineData("caf\u00e9", "cafe\u0301")]
    [InlineData("cafe\u0301", "cafe\u0301")]
    [InlineData("\u1ec7", "e\u0323\u0302")]
    [InlineData("\u212b", "A\u030a")]
    [InlineData("\u30ac", "\u30ab\u3099")]
    [InlineData("\uac00\uac01\ud7a3", "\u1100\u1161\u1100\u1161\u11a8\u1112\u1175\u11c2")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    [InlineData("\u732b\ud83d\ude3a", "\u732b\ud83d\ude3a")]
    public void Of_Decomposes(string text, string expected) => Assert.Equal(expected, CanonicalForm.Of(text));
}
