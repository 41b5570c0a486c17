using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>The same three, whole in PEM and damaged below it: an input is three pieces of DER, each behind its length in two bytes.</summary>
internal sealed class DerTarget(string folder) : PemTarget(folder)
{
    private static readonly string[] Labels = ["CERTIFICATE", "PRIVATE KEY", "CERTIFICATE"];

    public override string Name => "der";

    public override bool IsText => false;

    public override IEnumerable<byte[]> Seeds() => base.Seeds().Take(1).Select(pem => Encoding.ASCII.GetString(pem).Split('\f')
        .Select(Der)
        .SelectMany(der => (byte[])[(byte)der.Length, (byte)(der.Length >> 8), .. der]).ToArray());

    public override IEnumerable<byte[]> Words() => [[0x30, 0x80], [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], [0x06, 0x00], [0x02, 0x01, 0x00], [0x05, 0x00], [0x17, 0x0d], [0x03, 0x02, 0x07]];

    public override void Read(byte[] input)
    {
        var files = new List<string>();
        var rest = input.AsSpan();
        foreach (var label in Labels)
        {
            var length = rest.Length < 2 ? 0 : Math.Min(rest[0] | (rest[1] << 8), rest.Length - 2);
            files.Add(new(PemEncoding.Write(label, rest.Slice(Math.Min(2, rest.Length), length))));
            rest = rest[Math.Min(2 + length, rest.Length)..];
        }

        Read([.. files]);
    }

    private static byte[] Der(string pem)
    {
        var fields = PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }
}
