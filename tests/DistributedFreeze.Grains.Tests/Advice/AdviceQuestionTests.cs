using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Advice;
using DistributedFreeze.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Advice;

/// <summary>A question on its way through a cluster of three devices that a test plays.</summary>
public sealed class AdviceQuestionTests
{
    private const string RunId = "advice:q";

    /// <summary>One turn at a time, as within a grain.</summary>
    private readonly TaskScheduler _turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly List<string> _calls = [];
    private readonly Dictionary<string, Func<AdviceReport?>> _says = new(StringComparer.Ordinal);
    private readonly AdviceQuestion _question;
    private ImmutableArray<string> _devices = ["a/cpu:0", "b/cpu:0", "c/cpu:0"];
    private AdviceOrder? _order;
    private bool _isStopped;

    public AdviceQuestionTests()
    {
        var asked = Advised.Request(data: "images", output: "run");
        var resolved = Advised.Request(data: "/srv/images", output: "/srv/run");
        var factory = Stub.Of<IGrainFactory>((method, args) => method.GetGenericArguments()[0] == typeof(ISchedulerGrain) ? Scheduler() : Device((string)args[0]!));
        _question = new(asked, resolved, new() { RunId = RunId, SubmittedAt = DateTimeOffset.UnixEpoch }, factory, _time, _ => false, NullLogger.Instance);
    }

    [Fact]
    public async Task AnAnswer_NamesFilesAsTheQuestionDid_AndTheDeviceIsGivenBack()
    {
        _says["a/cpu:0"] = () => new() { Version = 2, HasEnded = true, Result = Advised.Result(recommended: _order!.Request.Spec with { Phases = [new() { Epochs = 3 }] }) };

        await InTurnsAsync(_question.RunAsync);

        Assert.Equal("/srv/images", _order!.Request.Spec.Data.Path);
        var spec = _question.Report.Now.Result!.Recommendation!.Spec;
        Assert.Equal(("images", "run", 3), (spec.Data.Path, spec.Output, spec.Phases[0].Epochs));
        Assert.Equal(["AdviseAsync a/cpu:0", "ReleaseOfAsync a/cpu:0", "ReleaseAsync"], _calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhereADeviceIsLost_AnotherOneIsAskedTheSame(bool breaksOff)
    {
        _says["a/cpu:0"] = () => throw new SiloUnavailableException("gone");
        _says["b/cpu:0"] = () => breaksOff ? new() { Version = 2, HasEnded = true, Result = Advised.Result(isWhole: false) } : null; // it was taken from the question, or its silo came back
        _says["c/cpu:0"] = () => new() { Version = 2, HasEnded = true, Result = Advised.Result() };

        await InTurnsAsync(_question.RunAsync);

        Assert.True(_question.Report.Now.Result!.IsWhole);
        Assert.Equal(["AdviseAsync a/cpu:0", "AdviseAsync b/cpu:0", "AdviseAsync c/cpu:0"], _calls.Where(call => call.StartsWith("Advise", StringComparison.Ordinal)));
        Assert.Contains("ReleaseOfAsync a/cpu:0", _calls); // it may still compute, and only its answer be lost
        Assert.Contains("ReleaseOfAsync b/cpu:0", _calls);
    }

    [Fact]
    public async Task SlotsOfOneSilo_AreLostAsOne_AndABusyDeviceIsNoLoss()
    {
        _devices = ["a/cpu:0", "a/cpu:1", "a/cpu:2", "a/cpu:3", "b/cpu:0", "c/cpu:0", "d/cpu:0"];
        foreach (var device in _devices)
        {
            _says[device] = () => device.StartsWith('a') ? throw new SiloUnavailableException("gone") : throw new DeviceBusyException("another run's");
        }

        _says["d/cpu:0"] = () => new() { Version = 2, HasEnded = true, Result = Advised.Result() };

        await InTurnsAsync(_question.RunAsync);

        Assert.True(_question.Report.Now.Result!.IsWhole);
    }

    [Fact]
    public async Task WhatLosesEveryDevice_IsGivenUp()
    {
        _devices = ["a/cpu:0", "b/cpu:0", "c/cpu:0", "d/cpu:0"];
        foreach (var device in _devices)
        {
            _says[device] = () => new() { Version = 2, HasEnded = true, Failure = "it is broken", IsDeviceLost = true };
        }

        await InTurnsAsync(_question.RunAsync);

        Assert.Equal("The cluster could not answer: 3 devices were lost one after another, the last of them, c/cpu:0, since it is broken.", _question.Report.Now.Failure);
        Assert.Equal(3, _calls.Count(call => call.StartsWith("Advise", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ADeviceOfAnotherVersion_IsSaidToBeOne()
    {
        _devices = ["a/cpu:0", "b/cpu:0", "c/cpu:0"];
        foreach (var device in _devices)
        {
            _says[device] = () => throw new TypeLoadException("Invokable");
        }

        await InTurnsAsync(_question.RunAsync);

        Assert.EndsWith("since its silo, of another version, cannot read the call.", _question.Report.Now.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceThatIsWantedBack_IsGivenBack_WhichIsNoLoss()
    {
        _says["a/cpu:0"] = () =>
        {
            _devices = _devices.Remove("a/cpu:0"); // its silo leaves
            return new() { Version = 2, Progress = new(AdviceStage.Images, 1, 8) };
        };
        _says["b/cpu:0"] = () => new() { Version = 2, HasEnded = true, Result = Advised.Result() };

        await InTurnsAsync(_question.RunAsync);

        Assert.True(_question.Report.Now.Result!.IsWhole);
        Assert.Equal("ReleaseOfAsync a/cpu:0", _calls[_calls.IndexOf("AdviseAsync b/cpu:0") - 1]);
    }

    [Fact]
    public async Task WhatIsWrongWithTheImages_IsSaidAsThat()
    {
        _says["a/cpu:0"] = () => new() { Version = 2, HasEnded = true, Failure = "data.path: is empty", Problems = [new("data.path", "is empty")] };

        await InTurnsAsync(_question.RunAsync);

        Assert.Equal("data.path", Assert.Single(_question.Report.Now.Problems).Field);
    }

    [Fact]
    public async Task AQuestionThatNobodyReads_IsBrokenOff_AndItsDeviceGivenBack()
    {
        _says["a/cpu:0"] = () => new() { Version = 2, HasEnded = _isStopped, Result = _isStopped ? Advised.Result(isWhole: false) : null };
        var work = InTurnsAsync(_question.RunAsync);

        await PassAsync(AdviceQuestion.Patience - TimeSpan.FromSeconds(20));
        await InTurnsAsync(() =>
        {
            _question.IsRead();
            return Task.CompletedTask;
        });
        await PassAsync(AdviceQuestion.Patience - TimeSpan.FromSeconds(20));
        Assert.False(_question.Report.Now.HasEnded);
        await PassAsync(TimeSpan.FromSeconds(60));
        await work;

        Assert.False(_question.Report.Now.Result!.IsWhole);
        Assert.Equal(["ReleaseOfAsync a/cpu:0", "ReleaseAsync"], _calls[^2..]);
    }

    [Fact]
    public async Task WhatIsCancelledInTheQueue_LeavesIt()
    {
        _devices = [];
        var work = InTurnsAsync(_question.RunAsync);
        await InTurnsAsync(() => Task.CompletedTask);
        Assert.Equal(4, _question.Report.Now.Progress.QueuePosition);

        await InTurnsAsync(() =>
        {
            _question.Cancel();
            return Task.CompletedTask;
        });
        await work;

        Assert.True(_question.Report.Now is { HasEnded: true, Result: null, Failure: null });
        Assert.Equal(["ReleaseAsync"], _calls);
    }

    private Task InTurnsAsync(Func<Task> work) => Task.Factory.StartNew(work, TestContext.Current.CancellationToken, TaskCreationOptions.None, _turns).Unwrap();

    /// <summary>Time goes by second by second, and whoever waits for it has its turn after each.</summary>
    private Task PassAsync(TimeSpan time) => InTurnsAsync(async () =>
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            await Task.Yield();
        }
    });

    private ISchedulerGrain Scheduler() => Stub.Of<ISchedulerGrain>((method, args) =>
    {
        switch (method.Name)
        {
            case nameof(ISchedulerGrain.EnqueueAsync):
                return Task.FromResult(GrantOf((DeviceRequest)args[0]!));
            case nameof(ISchedulerGrain.ClaimAsync):
                return LaterAsync(() => GrantOf((DeviceRequest)args[0]!));
            default:
                _calls.Add(method.Name);
                return Task.CompletedTask;
        }
    });

    private IReplicaGrain Device(string id) => Stub.Of<IReplicaGrain>((method, args) =>
    {
        switch (method.Name)
        {
            case nameof(IReplicaGrain.ReadAdviceAsync):
                return LaterAsync(_says[id]);
            case nameof(IReplicaGrain.StopAdviceAsync):
                _isStopped = true;
                return Task.CompletedTask;
            case nameof(IReplicaGrain.AdviseAsync):
                _order = (AdviceOrder)args[0]!;
                break;
            default:
                break;
        }

        _calls.Add($"{method.Name} {id}");
        return Task.CompletedTask;
    });

    private DeviceGrant GrantOf(DeviceRequest claim)
    {
        Assert.Equal(RunId, claim.RunId);
        var device = claim.Holding.Concat(_devices).FirstOrDefault(device => _devices.Contains(device) && !claim.Avoid.Contains(device));
        return device is null
            ? new() { Devices = [], QueuePosition = 4 }
            : new() { Devices = [new() { Id = device, Model = "cpu", Host = device }] };
    }

    private static async Task<T> LaterAsync<T>(Func<T> answer)
    {
        await Task.Yield();
        return answer();
    }
}
