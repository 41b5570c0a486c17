using System.Threading.Channels;
using DistributedFreeze.Advice;
using DistributedFreeze.Coordination.Devices;

namespace DistributedFreeze.Grains.Tests.Advice;

/// <summary>Devices that answer when a test says so.</summary>
/// <param name="silo">What they are told apart by.</param>
/// <param name="asked">Receives every question.</param>
internal sealed class FakeAdvice(string silo, ChannelWriter<FakeAdvice.Question> asked) : IAdviceBackend
{
    public Task<AdviceResult> AdviseAsync(string device, AdviceRequest request, Action<AdviceProgress> progress, CancellationToken cancellationToken)
    {
        var question = new Question(silo, device, request, progress, cancellationToken);
        Assert.True(asked.TryWrite(question));
        return question.Answer;
    }

    /// <summary>One question to one device.</summary>
    internal sealed class Question
    {
        private readonly TaskCompletionSource<AdviceResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _brokenOff = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Question(string silo, string device, AdviceRequest request, Action<AdviceProgress> progress, CancellationToken cancellationToken)
        {
            (Silo, Device, Request, Progress) = (silo, device, request, progress);
            cancellationToken.Register(() =>
            {
                _brokenOff.SetResult();
                if (Known is { } known)
                {
                    _answer.TrySetResult(known);
                }
                else
                {
                    _answer.TrySetCanceled(cancellationToken);
                }
            });
        }

        public string Silo { get; }

        public string Device { get; }

        public AdviceRequest Request { get; }

        public Action<AdviceProgress> Progress { get; }

        /// <summary>What it says when it is broken off; null for nothing.</summary>
        public AdviceResult? Known { get; set; }

        public Task<AdviceResult> Answer => _answer.Task;

        /// <summary>Completes when it is broken off.</summary>
        public Task BrokenOff => _brokenOff.Task;

        public void Say(AdviceResult result) => _answer.TrySetResult(result);

        public void Fail(Exception reason) => _answer.TrySetException(reason);
    }
}
