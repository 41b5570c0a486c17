using System.Runtime.CompilerServices;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <content>Which kind of device a run may have. One that has begun stays on the class that it began on, as long as the cluster has it.</content>
internal sealed partial class DeviceAllocator
{
    /// <summary>
    /// How long a run waits for a device of the class that it began on while the cluster has none: longer than a machine takes to come back, and no longer than a person
    /// would want a run to stand still whose machines were exchanged for others, or were given another driver.
    /// </summary>
    public static readonly TimeSpan ClassPatience = TimeSpan.FromMinutes(10);

    /// <summary>The class of each device in words, which is asked for again and again as long as its silo reports it.</summary>
    private static readonly ConditionalWeakTable<DeviceInfo, string> Kinds = [];

    private readonly Dictionary<string, DateTimeOffset> _classes = new(StringComparer.Ordinal); // when one was last seen; of those that runs want when they were first missed
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal); // those that were not seen for too long

    /// <summary>The class of a device, in words: GPUs of another model, capability, driver or library, and processors of other vector instructions, give other bits.</summary>
    private static string KindOf(DeviceInfo device) => Kinds.GetValue(device, static device => DeviceClass.Of(device).ToString());

    private bool MayHave(DeviceRequest claim, DeviceInfo device) =>
        claim.Device.Allows(DeviceId.Name(device.Id)) && (BoundTo(claim) is not { } bound || bound == KindOf(device));

    /// <summary>The class that a run has to stay on; null where it may have any.</summary>
    private string? BoundTo(DeviceRequest claim) => claim.Class is { } began && !_missing.Contains(began) ? began : null;

    /// <summary>
    /// The kind of all devices of a run: that of those that it is on; else the first on which it could start, were there no other run, GPUs before the processor. So it
    /// depends on the cluster's devices and not on who has them: the same run has the same bits on a day on which the GPUs are busy.
    /// </summary>
    /// <param name="claim">The run's.</param>
    /// <param name="least">The fewest devices that it takes.</param>
    /// <param name="usable">The devices.</param>
    /// <returns>Null where there are too few of every kind that it may have.</returns>
    private string? KindFor(DeviceRequest claim, int least, Dictionary<string, DeviceStatus> usable) =>
        Held(claim, usable).Concat(Owned(claim, usable)).FirstOrDefault(device => MayHave(claim, device)) is { } has
            ? KindOf(has)
            : KindsFor(claim, usable).FirstOrDefault(kind => Capacity(claim, kind, usable) >= least);

    /// <summary>The kinds that a run may have and that there are: GPUs before the processor, and of their classes the largest first.</summary>
    private IEnumerable<string> KindsFor(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        usable.Values.Select(device => device.Device).Where(device => MayHave(claim, device))
            .CountBy(device => (Kind: KindOf(device), IsGpu: DeviceKind.IsGpu(DeviceId.Name(device.Id))))
            .OrderByDescending(one => one.Key.IsGpu).ThenByDescending(one => one.Value).ThenBy(one => one.Key.Kind, StringComparer.Ordinal).Select(one => one.Key.Kind);

    /// <summary>A silo has devices. One that is put aside computes nothing until its silo restarts.</summary>
    private void See(SiloReport report)
    {
        foreach (var device in report.Devices.Where(device => device.State != DeviceState.Aside))
        {
            var kind = KindOf(device.Device);
            _classes[kind] = _now;
            _missing.Remove(kind);
        }
    }

    /// <summary>Finds the classes that runs wait for and that were not seen for too long.</summary>
    /// <returns>Whether there is another one.</returns>
    private bool MissClasses()
    {
        var isNews = false;
        foreach (var wanted in _claims.Wanted)
        {
            var seen = _classes.TryAdd(wanted, _now) ? _now : _classes[wanted];
            isNews |= _now - seen >= ClassPatience && _missing.Add(wanted);
        }

        foreach (var (old, _) in _classes.Where(one => _now - one.Value > ClassPatience && !_claims.Wanted.Contains(one.Key)).ToList())
        {
            _classes.Remove(old);
            _missing.Remove(old);
        }

        return isNews;
    }
}
