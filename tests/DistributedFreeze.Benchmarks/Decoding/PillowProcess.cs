using System.Diagnostics;
using System.Globalization;

namespace DistributedFreeze.Benchmarks.Decoding;

/// <summary>Pillow, in a Python that has read the images before it is timed.</summary>
internal sealed class PillowProcess : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dfreeze-decode-").FullName;
    private readonly Process _process;

    /// <param name="python">The interpreter.</param>
    /// <param name="images">Image files' contents.</param>
    /// <param name="size">Height and width of the squares.</param>
    public PillowProcess(string python, List<byte[]> images, int size)
    {
        foreach (var (i, image) in images.Index())
        {
            File.WriteAllBytes(Path.Combine(_folder, $"{i:D6}.jpg"), image);
        }

        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Decoding", "pillow_decode.py"), _folder, size.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _ = Answer(); // it has read them
    }

    /// <summary>Decodes every image once.</summary>
    /// <param name="reduced">Whether at a reduced scale (<c>Image.draft</c>).</param>
    /// <returns>How many there were.</returns>
    public int Decode(bool reduced)
    {
        _process.StandardInput.WriteLine(reduced ? "reduced" : "whole");
        return int.Parse(Answer(), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("Python has ended; has it Pillow?");
}
