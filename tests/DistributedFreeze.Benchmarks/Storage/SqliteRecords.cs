using DistributedFreeze.Inference.Images;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>SQLite with a write-ahead log: one writer at a time, readers beside it.</summary>
/// <remarks>Like the product's store it waits for no disk. Statements are stepped without ADO.NET, which would copy each record twice.</remarks>
internal sealed class SqliteRecords : IRecordStore
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _select;
    private readonly CheckedRecord _record;

    public SqliteRecords(string folder, int elements)
    {
        _record = new(elements);
        _connection = new($"Data Source={Path.Combine(folder, "records.db")};Pooling=False");
        _connection.Open();
        using (var command = _connection.CreateCommand())
        {
            command.CommandText = """
                PRAGMA busy_timeout = 60000;
                PRAGMA page_size = 16384;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = OFF;
                CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, image BLOB NOT NULL UNIQUE, content BLOB NOT NULL);
                """;
            command.ExecuteNonQuery();
        }

        _insert = Prepare("INSERT OR IGNORE INTO records (image, content) VALUES (?, ?)");
        _select = Prepare("SELECT content FROM records WHERE image = ?");
    }

    public bool Write(in ImageHash image, ReadOnlySpan<float> values)
    {
        Span<byte> key = stackalloc byte[ImageHash.Bytes];
        image.CopyTo(key);
        _ = raw.sqlite3_bind_blob(_insert, 1, key);
        _ = raw.sqlite3_bind_blob(_insert, 2, _record.Of(values));
        var result = raw.sqlite3_step(_insert);
        _ = raw.sqlite3_reset(_insert);
        return result == raw.SQLITE_DONE;
    }

    public bool TryRead(in ImageHash image, Span<float> values)
    {
        Span<byte> key = stackalloc byte[ImageHash.Bytes];
        image.CopyTo(key);
        _ = raw.sqlite3_bind_blob(_select, 1, key);
        var isThere = raw.sqlite3_step(_select) == raw.SQLITE_ROW && CheckedRecord.TryTake(raw.sqlite3_column_blob(_select, 0), values);
        _ = raw.sqlite3_reset(_select);
        return isThere;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _select.Dispose();
        _connection.Dispose();
    }

    private sqlite3_stmt Prepare(string sql) => raw.sqlite3_prepare_v2(_connection.Handle, sql, out var statement) == raw.SQLITE_OK
        ? statement
        : throw new InvalidOperationException(raw.sqlite3_errmsg(_connection.Handle).utf8_to_string());
}
