using System.Security.Cryptography;

namespace DistributedFreeze.Cli.Pull;

/// <summary>What a publisher says of a file's content.</summary>
/// <param name="Algorithm">MD5 or SHA-256. MD5 finds what was damaged on the way, and only the address's certificate keeps forgers out.</param>
/// <param name="Digits">The hash in hex, or its first digits where the publisher gives no more.</param>
internal sealed record Checksum(HashAlgorithmName Algorithm, string Digits)
{
    private const int BytesAtOnce = 1 << 20;

    /// <summary>SHA-256, by as many digits as are known.</summary>
    public static Checksum Sha256(string digits) => new(HashAlgorithmName.SHA256, digits);

    /// <summary>MD5, all 32 digits.</summary>
    public static Checksum Md5(string digits) => new(HashAlgorithmName.MD5, digits);

    /// <summary>Hashes a content from its beginning.</summary>
    /// <param name="content">The content; it can seek.</param>
    /// <param name="cancellationToken">Ends it between two reads.</param>
    /// <returns>The whole hash in lower-case hex.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string Of(Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(Algorithm);
        var buffer = new byte[BytesAtOnce];
        content.Position = 0;
        while (content.Read(buffer) is > 0 and var read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether a hash is this one.</summary>
    public bool Fits(string found) => found.StartsWith(Digits, StringComparison.OrdinalIgnoreCase);

    public override string ToString() =>
        $"{(Algorithm == HashAlgorithmName.SHA256 ? "SHA-256" : Algorithm.Name)} {Digits}{(Digits.Length * 4 < (Algorithm == HashAlgorithmName.SHA256 ? 256 : 128) ? "..." : "")}";
}
