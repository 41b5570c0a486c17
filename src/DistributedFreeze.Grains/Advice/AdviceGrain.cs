using System.Text.Json;
using DistributedFreeze.Advice;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Planning;
using DistributedFreeze.Runs;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Advice;

/// <summary>Grain in front of an <see cref="AdviceQuestion"/>.</summary>
internal sealed class AdviceGrain(
    PathRoots roots, MemoryAdmission memory, Whereabouts whereabouts, TimeProvider time, ILogger<AdviceQuestion> logger) : Grain, IAdviceGrain
{
    /// <summary>How long an answer is kept for one who has not heard it.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(15);

    private AdviceQuestion? _question;
    private Task _work = Task.CompletedTask;
    private bool _isCancelled;

    public async Task AskAsync(AdviceRequest request)
    {
        var id = this.GetPrimaryKeyString();
        RunIds.EnsureValid(id);
        if (_question is { } known)
        {
            RequireSame(id, known.Asked, request);
            known.IsRead();
            return;
        }

        AdviceRules.EnsureValid(request);
        var resolved = roots.Of(owner: null).Resolve(request.Spec);
        await Task.Run(() => RunInputs.RequireToRead(resolved)); // a share that hangs holds up this question alone
        _question = new(request, request with { Spec = resolved }, await ClaimAsync(id, resolved, request.Folds ?? 1), GrainFactory, time, whereabouts.HasLeft, logger);
        if (_isCancelled)
        {
            _question.Cancel();
        }

        _work = WorkAsync(_question);
    }

    public async Task<AdviceReport?> ReadAsync(long after)
    {
        if (_question is not { } question)
        {
            return null;
        }

        question.IsRead();
        var report = await question.Report.AfterAsync(after);
        question.IsRead();
        return _question is null ? null : report;
    }

    public Task CancelAsync()
    {
        _isCancelled = true; // perhaps before the question is there: checks of its files take a while
        _question?.Cancel();
        return Task.CompletedTask;
    }

    public Task TurnAsync()
    {
        if (_question is { } question && !_work.IsCompleted)
        {
            question.Turn();
            return Task.CompletedTask;
        }

        return GrainFactory.GetGrain<ISchedulerGrain>(0).ReleaseAsync(AdviceClaims.IdOf(this.GetPrimaryKeyString())); // whoever claimed is gone
    }

    /// <summary>The silo ends: the device is given back, and whoever asked asks again.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        var question = _question;
        _question = null; // before it is broken off, of which nobody is to hear as its end
        question?.Cancel();
        await _work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private async Task<DeviceRequest> ClaimAsync(string id, RunSpec spec, int splits)
    {
        var need = await memory.RequireAsync(AdviceMemory.Of(spec)) is { } one ? AdviceMemory.With(one, spec, splits) : null;
        var choice = PrecisionNeeds.DeviceOf(spec);
        var devices = (await GrainFactory.GetGrain<ISchedulerGrain>(0).ListDevicesAsync()).Where(device => choice.Allows(DeviceId.Name(device.Device.Id))).ToList();
        return need is null || devices.Count == 0 || devices.Exists(device => need.Fits(device.Device))
            ? new() { RunId = AdviceClaims.IdOf(id), SubmittedAt = time.GetUtcNow(), By = GrainContext.Address.SiloAddress!.ToParsableString(), Memory = need, Device = choice }
            : throw new InvalidInputException(
                splits > 1 ? "folds" : "model.architecture",
                $"makes the question too large for any device: short runs of all candidates need about {Amount.Bytes(need.First)} of memory side by side{(need.Gpu > 0 ? $", or {Amount.Bytes(need.Gpu)} of a GPU's" : "")}; {(splits > 1 ? "give fewer" : "take a smaller network, or ask where there is more memory")}");
    }

    private async Task WorkAsync(AdviceQuestion question)
    {
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        try
        {
            await question.RunAsync();
        }
        finally
        {
            DelayDeactivation(KeptFor);
        }
    }

    private static void RequireSame(string id, AdviceRequest known, AdviceRequest request)
    {
        if (JsonSerializer.Serialize(known, RunJson.Compact) != JsonSerializer.Serialize(request, RunJson.Compact))
        {
            throw new InvalidInputException("id", $"must be a new one: {id} is another question");
        }
    }
}
