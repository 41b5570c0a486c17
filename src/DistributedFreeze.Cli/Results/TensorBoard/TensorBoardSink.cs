using System.Globalization;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.TensorBoard;

/// <summary>Writes a run's curves as an event file of TensorBoard's. Not thread-safe.</summary>
/// <remarks>
/// The file's name is made of the run's id and the time of its first event, and its bytes of the run's events: a process that reads the run again, from its first event on,
/// finds the file as it would write it and goes on at its end.
/// </remarks>
/// <param name="folder">The folder that TensorBoard shows as one run; it is created.</param>
/// <param name="runId">The run.</param>
/// <param name="spec">What it runs.</param>
/// <param name="warn">Is told in one sentence, once, that the file cannot be written.</param>
internal sealed class TensorBoardSink(string folder, string runId, RunSpec spec, Action<string> warn) : IResultSink
{
    /// <summary>The option that asks for it.</summary>
    public const string OptionName = "--tensorboard";

    private readonly RunScalars _scalars = new(spec);
    private readonly Queue<byte[]> _waiting = [];
    private string? _path;
    private EventFile? _file;
    private bool _started;
    private bool _warned;

    /// <summary>Refuses a folder that a new run's curves must not be mixed into.</summary>
    /// <param name="folder">As above.</param>
    /// <param name="resume">Whether the run goes on that wrote there.</param>
    /// <exception cref="InvalidInputException">There are other files of events, or the folder cannot be made.</exception>
    public static void Require(string folder, bool resume)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (!resume && Directory.EnumerateFiles(folder, "*tfevents*").FirstOrDefault() is { } other)
            {
                throw new InvalidInputException(
                    OptionName, $"must be a folder without curves of an earlier run of this name: {other} is there; remove it, or name another folder or output");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(OptionName, $"must be a folder that can be written: {folder} cannot ({e.Message})");
        }
    }

    public void Take(RunEvent happened)
    {
        if (_path is null)
        {
            // TensorBoard reads the files of a folder in the order of their names.
            _path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{happened.At.ToUnixTimeSeconds():D10}.{runId}"));
            Write(EventMessage.Version(happened.At));
        }

        Write(_scalars.Of(happened));
    }

    public Task EndAsync(Receipt? receipt, RunEvent.Ended ended)
    {
        if (receipt is not null)
        {
            Write(_scalars.Of(receipt, ended.At));
        }

        if (_waiting.Count > 0)
        {
            Drain(); // once more
        }

        if (_waiting.Count > 0)
        {
            warn($"TensorBoard's file {_path} lacks the last {_waiting.Count} of its records");
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Write(IReadOnlyList<Scalar> points)
    {
        if (points.Count == 0)
        {
            return;
        }

        if (!_started)
        {
            _started = true;
            Write(EventMessage.Start(points[0].At, points[0].Step));
        }

        Write(EventMessage.Scalars(points));
    }

    private void Write(byte[] message)
    {
        _waiting.Enqueue(TfRecord.Of(message));
        Drain();
    }

    /// <summary>What cannot be written now is written once it can be.</summary>
    private void Drain()
    {
        try
        {
            if (_file is null)
            {
                Directory.CreateDirectory(folder);
                _file = new(_path!);
            }

            while (_waiting.TryPeek(out var record))
            {
                _file.Append(record);
                _waiting.Dequeue();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_warned)
            {
                _warned = true;
                warn($"TensorBoard's file {_path} cannot be written now ({e.Message}); the run goes on, and what is missed is written once it can be");
            }
        }
    }
}
