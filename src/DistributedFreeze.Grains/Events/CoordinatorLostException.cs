namespace DistributedFreeze.Grains.Events;

/// <summary>What happened could not be stored: this activation must not go on, and another one picks the run up.</summary>
internal sealed class CoordinatorLostException(Exception reason) : Exception($"The run's state could not be stored: {CallFailure.WordsOfStore(reason)}", reason);
