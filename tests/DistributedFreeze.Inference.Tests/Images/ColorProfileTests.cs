using DistributedFreeze.Runs;

namespace DistributedFreeze.Inference.Images;

/// <summary>
/// Two pixels, (200, 100, 50) and (20, 220, 130), in PNG files of Pillow 9.4.0. <c>convert("RGB")</c> leaves them as they are, and so do
/// PyTorch's and Keras's loaders; weights were trained on such numbers.
/// </summary>
public sealed class ColorProfileTests : IDisposable
{
    // A matrix profile with Adobe's primaries and gamma 1.8; to sRGB, Pillow's ImageCms makes (235, 119, 62), (0, 227, 144) of it.
    private const string WithProfile =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAA0mlDQ1BJQ0MgUHJvZmlsZQAAeJxjYGB8wAAETAIMDLl5JUVB7k4KEZFRCgxIIDG5uIABL/h2jYERRF/Wxa8OK+BMSS1OBtIfgDihvKSghIGBMQDIFikCOgTITgGx0yHsChA7CcLuAasJCXIGshcA2QLpEPYGEDsJwj4AYicXFIHMvABiQ+0CAdaS1OISMtyLFyDCDhEmCLE5EgwM/ksZGFj+IMRMehkYFugwMPBPRYipGQKdqs/AsG9OcmlRGdRoRsazDAyE+CWpFWA/5eXnpYJoAM0bOhkw2XswAAAAD0lEQVR4nGM4kWIkcqcJAAnpAtHYKrCcAAAAAElFTkSuQmCC";

    // gAMA 1: the numbers are proportional to light, and sRGB's curve makes (229, 168, 122), (79, 239, 189) of them.
    private const string WithGamma =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAABGdBTUEAAYagMeiWXwAAAA9JREFUeJxjOJFiJHKnCQAJ6QLR2CqwnAAAAABJRU5ErkJggg==";

    private readonly DrawnFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WithProfile)]
    [InlineData(WithGamma)]
    public void Ignored_LeavesTheNumbersOfTheFile(string file) =>
        Assert.Equal([200, 100, 50, 20, 220, 130], Read(file, ColorProfiles.Ignore));

    [Theory]
    [InlineData(WithProfile, new byte[] { 235, 119, 62, 0, 227, 144 })]
    [InlineData(WithGamma, new byte[] { 229, 168, 122, 79, 239, 189 })]
    public void Applied_ConvertsToSrgb(string file, byte[] expected) =>
        Assert.All(Read(file, ColorProfiles.Apply).Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 2, pair.Second + 2));

    [Fact]
    public void IgnoredIsTheDefault()
    {
        Assert.Equal(ColorProfiles.Ignore, new DataSpec { Path = "" }.ColorProfiles);
        Assert.Throws<ArgumentOutOfRangeException>("profiles", () => new ImageDecoder(8, ResizeMode.Stretch, 1, (ColorProfiles)2));
    }

    /// <returns>Both pixels.</returns>
    private byte[] Read(string file, ColorProfiles profiles)
    {
        _folder.Bytes("x.png", Convert.FromBase64String(file));
        var rgb = new byte[2 * 2 * 3];
        new ImageDecoder(2, ResizeMode.Stretch, 100, profiles).Read(_folder.At("x.png"), rgb);
        return rgb[..6];
    }
}
