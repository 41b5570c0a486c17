using System.Globalization;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Files that lead out of themselves, round in circles, or to sizes that they do not have.</summary>
/// <remarks>DFREEZE_FUZZ=100 in the environment tries a hundred times as many damaged files.</remarks>
[Slow]
public sealed class HostileHdf5Tests : IDisposable
{
    private const long MostMemory = 256 << 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x-external-earliest", "g/a: its numbers lie in another file (external storage)")]
    [InlineData("x-external-latest", "g/a: its numbers lie in another file (external storage)")]
    [InlineData("x-vds-latest", "g/a: it is a virtual dataset")]
    [InlineData("x-extlink-earliest", "a is an external link")]
    [InlineData("x-extlink-latest", "a is an external link")]
    [InlineData("x-soft-earliest", "a is a soft link")]
    [InlineData("x-soft-latest", "a is a soft link")]
    [InlineData("x-softself-earliest", "x is a soft link")]
    [InlineData("x-softself-latest", "x is a soft link")] // over this one a stack overflowed
    [InlineData("x-softmodel-earliest", "model_weights is a soft link")]
    [InlineData("x-softmodel-latest", "model_weights is a soft link")]
    [InlineData("x-circle-earliest", "g/again is a group that it holds elsewhere too")]
    [InlineData("x-circle-latest", "g/again is a group that it holds elsewhere too")]
    [InlineData("x-deep-earliest", "too deep")]
    [InlineData("x-deep-latest", "too deep")]
    [InlineData("x-roomy-earliest", "g/a: it would have 1073741824 bytes")]
    [InlineData("x-roomy-latest", "g/a: it would have 1073741824 bytes")]
    [InlineData("x-bomb-earliest", "g/a: its chunks would have more than")]
    [InlineData("x-bomb-latest", "g/a: its chunks would have more than")]
    [InlineData("x-unpacks-earliest", "g/a: it is damaged: a chunk unpacks to more")]
    [InlineData("x-unpacks-latest", "g/a: it is damaged: a chunk unpacks to more")]
    [InlineData("grows-latest", "g/a: its chunks are indexed as those of a dataset that grows without end")]
    [InlineData("lzf", "g/a: a dataset is compressed with filter 32000")]
    public void WhatWeightFilesDoNotHold_IsRefusedByName(string sample, string message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<InvalidInputException>(() => ReadAll(Hdf5Samples.Get(sample)));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    // Checksums are made right again, or nearly every input would end at one.
    [Theory]
    [InlineData("earliest", 1)]
    [InlineData("latest", 2)]
    [InlineData("dense-earliest", 3)]
    [InlineData("dense-latest", 4)]
    public void AnyDamageIsReadOrRefused(string sample, int seed)
    {
        var whole = Hdf5Samples.Get(sample);
        var checksums = FindChecksums(whole);
        Assert.Equal(sample.EndsWith("latest", StringComparison.Ordinal), checksums.Count > 10);
        var used = Enumerable.Range(0, whole.Length).Where(i => whole[i] != 0 || (i > 0 && whole[i - 1] != 0)).ToArray();
        var random = new Random(seed);
        var refused = 0;
        var inputs = 1500 * int.Parse(Environment.GetEnvironmentVariable("DFREEZE_FUZZ") ?? "1", CultureInfo.InvariantCulture);
        for (var i = 0; i < inputs; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                Damage(damaged, used, random);
            }

            foreach (var (structure, field) in checksums)
            {
                damaged.AsSpan(field, sizeof(uint)).Clear(); // one kind has it in its midst, and counts it as 0
                BitConverter.TryWriteBytes(damaged.AsSpan(field), Hdf5Checksum.Lookup3(damaged.AsSpan(structure)));
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadAll(damaged);
            }
            catch (InvalidInputException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
        }

        Assert.InRange(refused, inputs / 20, inputs - 1);
    }

    private static void Damage(byte[] file, int[] used, Random random)
    {
        var at = used[random.Next(used.Length)];
        switch (random.Next(5))
        {
            case 0:
                file[at] = (byte)random.Next(256);
                break;
            case 1:
                file[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                file[at] = random.Next(2) == 0 ? byte.MaxValue : (byte)0;
                break;
            case 3: // an address or a size of the file becomes another one of it
                var from = used[random.Next(used.Length)];
                file.AsSpan(from, Math.Min(8, file.Length - Math.Max(from, at))).CopyTo(file.AsSpan(at));
                break;
            default:
                file.AsSpan(at, Math.Min(random.Next(1, 9), file.Length - at)).Fill((byte)random.Next(256));
                break;
        }
    }

    /// <summary>What of the whole file has a checksum, and where that stands.</summary>
    private static List<(Range Structure, int Field)> FindChecksums(byte[] file)
    {
        const int LongestStructure = 4096, FieldOfHeapBlocks = 17;
        var found = new List<(Range, int)>();
        foreach (var signature in (string[])["\u0089HDF", "OHDR", "OCHK", "FRHP", "FHIB", "FHDB", "BTHD", "BTIN", "BTLF", "FAHD", "FADB"])
        {
            foreach (var at in Enumerable.Range(0, file.Length).Where(at => file.AsSpan(at).StartsWith(Encoding.Latin1.GetBytes(signature))))
            {
                var inMidst = signature == "FHDB";
                foreach (var end in Enumerable.Range(at + 4, Math.Min(LongestStructure, file.Length - at - 8)))
                {
                    var field = inMidst ? at + FieldOfHeapBlocks : end;
                    var structure = file[at..end];
                    if (inMidst && end > field + sizeof(uint))
                    {
                        structure.AsSpan(FieldOfHeapBlocks, sizeof(uint)).Clear();
                    }

                    if (Hdf5Checksum.Lookup3(structure) == BitConverter.ToUInt32(file, field))
                    {
                        found.Add((at..end, field));
                        break;
                    }
                }
            }
        }

        return found;
    }

    private void ReadAll(byte[] bytes)
    {
        var path = _folder.In("hostile.h5");
        File.WriteAllBytes(path, bytes);
        using var file = KerasH5File.Open(path);
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Type == ElementType.F32))
        {
            file.Read(tensor.Name);
        }
    }
}
