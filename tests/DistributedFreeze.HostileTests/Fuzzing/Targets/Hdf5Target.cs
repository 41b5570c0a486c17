using System.Text;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Training.Weights;
using DistributedFreeze.Training.Weights.Hdf5;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A file of weights in HDF5. Checksums are made right again, or nearly every input would end at one.</summary>
/// <param name="folder">A folder of its own.</param>
/// <param name="isNew">Whether the files have a superblock of version 2 or 3, and checksums; else of version 0.</param>
internal sealed class Hdf5Target(string folder, bool isNew) : FuzzTarget(folder)
{
    private const int LongestStructure = 4096;
    private const int FieldOfHeapBlocks = 17;
    private static readonly string[] Signatures = ["\u0089HDF", "OHDR", "OCHK", "FRHP", "FHIB", "FHDB", "BTHD", "BTIN", "BTLF", "FAHD", "FADB"];

    /// <summary>What of whole files has a checksum, and where that stands; few changes move it.</summary>
    private readonly Dictionary<int, List<(Range Structure, int Field)>> _checksums = [];

    public override string Name => isNew ? "hdf5-v2" : "hdf5-v0";

    public override int Inputs => isNew ? 1_000 : 2_000;

    protected override string Ending => ".h5";

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var name in isNew ? (string[])["latest", "dense-latest", "grows-latest", "x-unpacks-latest"] : ["earliest", "dense-earliest", "grows-earliest", "x-unpacks-earliest"])
        {
            var whole = Hdf5Samples.Get(name);
            _checksums[whole.Length] = FindChecksums(whole);
            yield return whole;
        }
    }

    public override IEnumerable<byte[]> Words() => Signatures.Concat(["TREE", "SNOD", "HEAP", "GCOL"]).Select(Encoding.Latin1.GetBytes);

    public override byte[] Mend(byte[] input)
    {
        foreach (var (structure, field) in _checksums.GetValueOrDefault(input.Length) ?? [])
        {
            input.AsSpan(field, sizeof(uint)).Clear(); // one kind has it in its midst, and counts it as 0
            BitConverter.TryWriteBytes(input.AsSpan(field), Hdf5Checksum.Lookup3(input.AsSpan(structure)));
        }

        return input;
    }

    public override void Read(byte[] input)
    {
        using var file = WeightsFile.Open(Path);
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Type == ElementType.F32))
        {
            file.Read(tensor.Name);
        }
    }

    private static List<(Range, int)> FindChecksums(byte[] file)
    {
        var found = new List<(Range, int)>();
        foreach (var signature in Signatures)
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
}
