namespace DistributedFreeze.Data.Manifests;

/// <summary>Text of which a record may take so much and no more: a parser that looks for the end of one would hold all of it in memory. Not thread-safe.</summary>
/// <param name="text">The text; disposed of with this.</param>
internal sealed class BoundedText(TextReader text) : TextReader
{
    private long _left;

    /// <summary>Lets the next record begin.</summary>
    /// <param name="characters">What it may take, beside what is buffered already.</param>
    public void Allow(int characters) => _left = characters;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The record takes more than it may.</exception>
    public override int Read(char[] buffer, int index, int count)
    {
        if (_left <= 0)
        {
            throw new InvalidDataException("a line is too long");
        }

        var read = text.Read(buffer, index, count);
        _left -= read;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            text.Dispose();
        }

        base.Dispose(disposing);
    }
}
