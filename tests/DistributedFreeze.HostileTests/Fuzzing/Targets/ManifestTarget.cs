using System.Text;
using DistributedFreeze.Data;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A manifest of images; whatever it names lies below its folder.</summary>
/// <param name="folder">A folder of its own.</param>
/// <param name="isJson">JSON Lines rather than separated values.</param>
internal sealed class ManifestTarget(string folder, bool isJson) : FuzzTarget(folder)
{
    public override string Name => isJson ? "manifest-json" : "manifest-csv";

    public override int Inputs => 3_000;

    public override bool IsText => true;

    protected override string Ending => isJson ? ".jsonl" : ".csv";

    public override IEnumerable<byte[]> Seeds() => isJson
        ? ["{\"file\": \"a.jpg\", \"label\": \"rose\", \"split\": \"train\"}\n{\"file\":\"b/c.png\",\"label\":3,\"split\":\"test\"}\n"u8.ToArray(), "{\"file_name\": \"\\u0061.jpg\", \"class\": \"x\"}\r\n\r\n{}\n"u8.ToArray()]
        : ["file,label,split\na.jpg,rose,train\n\"b/c \"\"d\"\".png\",tulip,test\n"u8.ToArray(), "file_name;class\n./a.jpg;x\n/b.jpg;y\n"u8.ToArray(), "\ufefflabel\tpath\nx\ta\n"u8.ToArray()];

    public override IEnumerable<byte[]> Words() =>
        ((string[])["\n", "\r\n", "\"", "\"\"", ",", ";", "\t", "|", "../", "/", "./", "\0", "\\ud800", "\\u0000", "file", "label", "class", "split", "weight", "train", "val", "null", "{", "}", "[", ":", "1e999", new('a', 5_000), new(',', 3_000), "\u001b[2J", "\ufeff"])
        .Select(Encoding.UTF8.GetBytes).Append([0xFF]);

    public override void Read(byte[] input)
    {
        var listing = Manifest.Read(Path, Manifest.Find(Path));
        foreach (var image in listing.Images)
        {
            var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(listing.Root, image.Path));
            if (!full.StartsWith(listing.Root + "/", StringComparison.Ordinal) || full != System.IO.Path.Combine(listing.Root, image.Path) || image.Class.Length == 0)
            {
                throw new InvalidOperationException($"'{image.Path}' leads to '{full}'.");
            }
        }
    }
}
