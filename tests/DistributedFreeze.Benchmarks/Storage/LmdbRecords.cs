using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Images;
using LightningDB;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>LMDB: a memory-mapped tree of pages, one writer at a time.</summary>
/// <remarks>Like the product's store it waits for no disk. Its map is not written to: a full disk would end the process.</remarks>
internal sealed class LmdbRecords : IRecordStore
{
    private readonly LightningEnvironment _environment;
    private readonly LightningDatabase _database;
    private readonly LightningTransaction _reading;
    private readonly CheckedRecord _record;

    /// <summary>The package's own library asks for glibc 2.38, which Debian 12 does not have; the one that Debian packages will do.</summary>
    static LmdbRecords() => NativeLibrary.SetDllImportResolver(typeof(LightningEnvironment).Assembly, (name, assembly, path) =>
        NativeLibrary.TryLoad(name, assembly, path, out var library) || NativeLibrary.TryLoad("liblmdb.so.0", out library) ? library : 0);

    public LmdbRecords(string folder, int elements)
    {
        _record = new(elements);
        _environment = new(folder, new EnvironmentConfiguration { MapSize = 64L << 30, MaxReaders = 126 });
        try
        {
            _environment.Open(EnvironmentOpenFlags.NoSync);
            using (var transaction = _environment.BeginTransaction())
            {
                _database = transaction.OpenDatabase(new DatabaseConfiguration { Flags = DatabaseOpenFlags.Create });
                transaction.Commit().ThrowOnError();
            }

            _reading = _environment.BeginTransaction(TransactionBeginFlags.ReadOnly);
            _reading.Reset();
        }
        catch
        {
            _environment.Dispose(); // its finalizer would end the process
            throw;
        }
    }

    public bool Write(in ImageHash image, ReadOnlySpan<float> values)
    {
        Span<byte> key = stackalloc byte[ImageHash.Bytes];
        image.CopyTo(key);
        using var transaction = _environment.BeginTransaction();
        return transaction.Put(_database, key, _record.Of(values)) == MDBResultCode.Success && transaction.Commit() == MDBResultCode.Success;
    }

    public bool TryRead(in ImageHash image, Span<float> values)
    {
        Span<byte> key = stackalloc byte[ImageHash.Bytes];
        image.CopyTo(key);
        _reading.Renew(); // sees what was committed until now
        var (result, _, value) = _reading.Get(_database, key);
        var isThere = result == MDBResultCode.Success && CheckedRecord.TryTake(value.AsSpan(), values);
        _reading.Reset();
        return isThere;
    }

    public void Dispose()
    {
        _reading.Dispose();
        _database.Dispose();
        _environment.Dispose();
    }
}
