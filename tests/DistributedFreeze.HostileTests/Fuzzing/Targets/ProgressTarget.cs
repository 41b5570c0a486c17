using System.Text;
using DistributedFreeze.Coordination.Outputs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>Where a run stood, as its checkpoint and its snapshots say it.</summary>
internal sealed class ProgressTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "progress";

    public override int Inputs => 5_000;

    public override bool IsText => true;

    public override IEnumerable<byte[]> Seeds() =>
    [
        "{}"u8.ToArray(),
        Encoding.UTF8.GetBytes(CheckpointProgress.Format(new()
        {
            Phase = 1,
            Epoch = 2,
            Step = 3,
            LossSum = 0.25,
            Epochs = [new() { Phase = 0, Epoch = 0, TrainLoss = 1, TrainAccuracy = 0.5, Seconds = 3, ImagesPerSecond = 4 }],
            Predictions = [null],
        })),
    ];

    public override IEnumerable<byte[]> Words() => JsonWords.All;

    public override void Read(byte[] input) => CheckpointProgress.Parse(Encoding.UTF8.GetString(input), Path);
}
