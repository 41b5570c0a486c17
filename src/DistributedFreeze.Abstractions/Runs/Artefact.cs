using System.Collections.Immutable;

namespace DistributedFreeze.Runs;

/// <summary>A file that a run has left in its output folder.</summary>
/// <param name="Name">Its name, without a folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its content, in lower-case hex.</param>
[GenerateSerializer, Immutable, Alias("df.artefact")]
public sealed record Artefact([property: Id(0)] string Name, [property: Id(1)] long Bytes, [property: Id(2)] string Sha256);

/// <summary>Part of an artefact.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Content">Its bytes; fewer than asked for at the end of the file.</param>
/// <param name="Crc32">CRC-32 of the bytes, as in zlib.</param>
[GenerateSerializer, Immutable, Alias("df.artefact-chunk")]
public sealed record ArtefactChunk(
    [property: Id(0)] long Offset, [property: Id(1)] ImmutableArray<byte> Content, [property: Id(2)] uint Crc32);
