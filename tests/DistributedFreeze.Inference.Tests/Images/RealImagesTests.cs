using System.Security.Cryptography;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Inference.Images;

public sealed class RealImagesTests
{
    [Fact]
    public void Scan_FindsEveryImageOfTrashnet()
    {
        var spec = new DataSpec { Path = SharedFolder.Require("data/trashnet4") };

        var set = DrawnFolder.Scan(spec, seed: 0);

        Assert.Equal(["cardboard", "glass", "metal", "paper"], set.Classes);
        Assert.Equal(800, set.Train.Length + set.Validation.Length + set.Test.Length);
        Assert.Empty(set.Report.Unreadable);
        Assert.Empty(set.Report.Misnamed);
    }

    /// <summary>SHA-256 of Pillow 9.4.0's <c>Image.open(...).convert("RGB").resize((224, 224), Image.BILINEAR).tobytes()</c>.</summary>
    [Fact]
    public void Read_GivesPillowsBytesOfAPhotograph()
    {
        var rgb = new byte[224 * 224 * 3];

        new ImageDecoder(new DataSpec { Path = "" }).Read(SharedFolder.Require("data/trashnet4/train/glass/glass1.jpg"), rgb);

        Assert.Equal("6b24f13e9a579e8bb63b7863e96ccb17beb7ca9156690becd889186a1e4e8a0b", Convert.ToHexStringLower(SHA256.HashData(rgb)));
    }
}
