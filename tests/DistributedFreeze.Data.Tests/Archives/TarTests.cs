using System.Text;
using DistributedFreeze.Errors;
using SkiaSharp;

namespace DistributedFreeze.Data.Archives;

/// <summary>A folder for tars, three images to put into them, and what a scan says of it.</summary>
public abstract class TarTests : IDisposable
{
    private readonly DrawnFolder _drawn = new();
    private readonly TemporaryFolder _folder = new();

    protected TarTests()
    {
        _drawn.Image("red.png", SKColors.Red).Image("green.jpg", SKColors.Green, SKEncodedImageFormat.Jpeg).Image("blue.png", SKColors.Blue);
        (Red, Green, Blue) = (File.ReadAllBytes(_drawn.At("red.png")), File.ReadAllBytes(_drawn.At("green.jpg")), File.ReadAllBytes(_drawn.At("blue.png")));
    }

    private protected DrawnFolder Drawn => _drawn;

    private protected TemporaryFolder Folder => _folder;

    private protected byte[] Red { get; }

    private protected byte[] Green { get; }

    private protected byte[] Blue { get; }

    public void Dispose()
    {
        _drawn.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected DataSet Scan(string name) => DrawnFolder.Scan(new() { Path = _folder.In(name), ValidationShare = 0, TestShare = 0 }, seed: 0);

    private protected IEnumerable<string> Refused(string name) =>
        Assert.Throws<InvalidInputException>(() => Scan(name)).Problems.Select(problem => problem.ToString());

    private protected void Tar(string name, IEnumerable<(string Name, byte[] Content)> files) => WrittenArchives.Tar(_folder.In(name), files);

    private protected static IEnumerable<(string Name, byte[] Content)> Sample(string image, byte[] content, string label) => WrittenArchives.Sample(image, content, label);

    private protected static byte[] Header(string name, char kind, long length)
    {
        var header = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(header, 0);
        Encoding.Latin1.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
        header[156] = (byte)kind;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        return header;
    }

    private protected static byte[] Summed(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.Latin1.GetBytes(Convert.ToString(header.Sum(one => one), 8).PadLeft(6, '0') + "\0").CopyTo(header, 148);
        return header;
    }

    private protected static byte[] Padded(byte[] content) => [.. content, .. new byte[(512 - (content.Length % 512)) % 512]];
}
