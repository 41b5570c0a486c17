using System.Text.Json;
using DistributedFreeze.Cli.Results.TensorBoard;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Results;

public sealed class TensorBoardSinkTests : IDisposable
{
    /// <summary>TensorBoard's messages as its event.proto and summary.proto number their fields, read by protobuf's own Python.</summary>
    private const string Script = """
        import json, struct, sys
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
        F = descriptor_pb2.FieldDescriptorProto
        file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
        def message(name, *fields):
            m = file.message_type.add(name=name)
            for n, number, kind, repeated in fields:
                f = m.field.add(name=n, number=number, label=F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL)
                if isinstance(kind, str):
                    f.type, f.type_name = F.TYPE_MESSAGE, ".t." + kind
                else:
                    f.type = kind
        message("Value", ("tag", 1, F.TYPE_STRING, False), ("simple_value", 2, F.TYPE_FLOAT, False))
        message("Summary", ("value", 1, "Value", True))
        message("SessionLog", ("status", 1, F.TYPE_INT32, False))
        message("Event", ("wall_time", 1, F.TYPE_DOUBLE, False), ("step", 2, F.TYPE_INT64, False), ("file_version", 3, F.TYPE_STRING, False),
            ("summary", 5, "Summary", False), ("session_log", 7, "SessionLog", False))
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        descriptor = pool.FindMessageTypeByName("t.Event")
        make = getattr(message_factory, "GetMessageClass", None)
        Event = make(descriptor) if make else message_factory.MessageFactory(pool).GetPrototype(descriptor)
        data, at, read = open(sys.argv[1], "rb").read(), 0, []
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12:at + 12 + length])
            assert event.SerializeToString() == data[at + 12:at + 12 + length] or event.step == 0  # no field is unknown
            read.append([event.wall_time, event.step, event.file_version, event.session_log.status, [[v.tag, v.simple_value] for v in event.summary.value]])
            at += 16 + length
        print(json.dumps(read))
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string Curves => Path.Combine(_folder.Path, "curves", "run-1");

    [Fact]
    public async Task AFile_HasEveryPointOnce_WithStepsAndTimesOfTheEvents()
    {
        var messages = EventFileReader.Read(await WriteAsync());

        Assert.Equal("events.out.tfevents.1767323045.run-1", Path.GetFileName(Directory.GetFiles(Curves).Single()));
        Assert.Equal("brain.Event:2", messages[0].Version);
        Assert.Equal((1L, (int?)1), (messages[1].Step, messages[1].SessionStatus));
        Assert.All(messages.Skip(2), message => Assert.NotEmpty(message.Values));
        Assert.Equal(new[] { 1L, 3, 3, 5, 6, 6, 9, 9, 9 }, messages.Skip(2).Select(message => message.Step));
        Assert.Equal(ToldRuns.Start.AddSeconds(2).ToUnixTimeSeconds(), messages[2].WallTime);
        Assert.Equal([("train/loss", 2.5f), ("train/accuracy", 0.5f), ("train/learning_rate", 0.25f), ("train/images_per_second", 100f)], messages[2].Values);
        Assert.Equal(
            [("epoch/train_loss", 2.25f), ("epoch/train_accuracy", 0.5f), ("epoch/validation_loss", 3.25f), ("epoch/validation_accuracy", 0.75f)], messages[4].Values);
        Assert.Equal([("test/loss", 0.625f), ("test/accuracy", 0.875f)], messages[^1].Values);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Protobuf_ReadsWhatTheFormatSays()
    {
        var messages = EventFileReader.Read(await WriteAsync());

        var read = JsonSerializer.Deserialize<JsonElement[][]>(
            Python.Run("google.protobuf", "python3-protobuf", Script, "", Directory.GetFiles(Curves).Single()))!;

        Assert.Equal(
            messages.Select(message => (message.WallTime, message.Step, message.Version ?? "", message.SessionStatus ?? 0, string.Join(' ', message.Values))),
            read.Select(message => (
                message[0].GetDouble(), message[1].GetInt64(), message[2].GetString()!, message[3].GetInt32(),
                string.Join(' ', message[4].EnumerateArray().Select(value => (value[0].GetString()!, value[1].GetSingle()))))));
    }

    /// <summary>A process that watches is killed in the middle of a record, at any byte of it; another one watches from the first event on.</summary>
    [Fact]
    public async Task AFileThatWasCutOff_IsGoneOnWith_AndNeitherLosesNorDoublesAPoint()
    {
        var whole = await WriteAsync();
        var file = Directory.GetFiles(Curves).Single();

        for (var length = 0; length < whole.Length; length += 7)
        {
            await File.WriteAllBytesAsync(file, whole[..length], TestContext.Current.CancellationToken);

            Assert.Equal(whole, await WriteAsync());
        }
    }

    [Fact]
    public async Task ASecondWatch_ChangesNothingThatSomebodyReads()
    {
        var whole = await WriteAsync();
        var file = Directory.GetFiles(Curves).Single();
        await using var second = Sink();

        foreach (var happened in ToldRuns.SetBack)
        {
            second.Take(happened);
            Assert.Equal(whole, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task AFileOfOtherContent_IsWrittenAnewFromThereOn()
    {
        var whole = await WriteAsync();
        var file = Directory.GetFiles(Curves).Single();
        var other = whole.ToArray();
        other[whole.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, other, TestContext.Current.CancellationToken);

        Assert.Equal(whole, await WriteAsync());
    }

    [Fact]
    public async Task WhatCannotBeWritten_IsToldOnce_AndWrittenOnceItCanBe()
    {
        var whole = await WriteAsync();
        Directory.Delete(Curves, recursive: true);
        await File.WriteAllTextAsync(Curves, "in the way", TestContext.Current.CancellationToken);
        await using (var sink = Sink())
        {
            foreach (var happened in ToldRuns.SetBack)
            {
                sink.Take(happened);
            }

            File.Delete(Curves);
            await sink.EndAsync(ToldRuns.Receipt, (RunEvent.Ended)ToldRuns.SetBack[^1]);
        }

        Assert.Equal(whole, await File.ReadAllBytesAsync(Directory.GetFiles(Curves).Single(), TestContext.Current.CancellationToken));
        Assert.StartsWith("TensorBoard's file ", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Contains("cannot be written now", _warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewRun_IsNotMixedWithAnother()
    {
        await WriteAsync();

        var refused = Assert.Throws<InvalidInputException>(() => TensorBoardSink.Require(Curves, resume: false));
        TensorBoardSink.Require(Curves, resume: true);

        Assert.StartsWith($"--tensorboard: must be a folder without curves of an earlier run of this name: {Curves}", refused.Message, StringComparison.Ordinal);
        var file = _folder.Write("file", "");
        Assert.StartsWith(
            $"--tensorboard: must be a folder that can be written: {file} cannot", Assert.Throws<InvalidInputException>(() => TensorBoardSink.Require(file, resume: false)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private TensorBoardSink Sink() => new(Curves, "run-1", ToldRuns.Spec, _warnings.Add);

    private async Task<byte[]> WriteAsync()
    {
        await using (var sink = Sink())
        {
            foreach (var happened in ToldRuns.SetBack)
            {
                sink.Take(happened);
            }

            await sink.EndAsync(ToldRuns.Receipt, (RunEvent.Ended)ToldRuns.SetBack[^1]);
        }

        return await File.ReadAllBytesAsync(Directory.GetFiles(Curves).Single(), TestContext.Current.CancellationToken);
    }
}
