using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Grains.Devices;

/// <content>Which class of device a run may have. One that has begun stays on its own, as long as the cluster could give it enough of that.</content>
internal sealed partial class DeviceAllocator
{
    /// <summary>
    /// How long a run waits while the cluster has too few devices of the class that it was on: longer than a machine takes to come back, and no longer than a person would
    /// want a run to stand still whose machines were exchanged for others, or were given another driver.
    /// </summary>
    public static readonly TimeSpan ClassPatience = TimeSpan.FromMinutes(10);

    /// <summary>The class of each device in words, which is asked for again and again as long as its silo reports it.</summary>
    private static readonly ConditionalWeakTable<DeviceInfo, string> Kinds = [];

    private readonly Dictionary<string, DateTimeOffset> _stranded = new(StringComparer.Ordinal); // since when a run has had too few of its class
    private readonly HashSet<string> _unbound = new(StringComparer.Ordinal); // runs whose patience is over

    /// <summary>The class of a device, in words: GPUs of another model, capability, driver or library, and processors of other instructions, give other bits.</summary>
    private static string KindOf(DeviceInfo device) => Kinds.GetValue(device, static device => DeviceClass.Of(device).ToString());

    private static bool IsOfItsSort(DeviceRequest claim, DeviceInfo device) => claim.Device.Allows(DeviceId.Name(device.Id));

    private bool MayHave(DeviceRequest claim, DeviceInfo device) => IsOfItsSort(claim, device) && (BoundTo(claim) is not { } bound || bound == KindOf(device));

    /// <summary>The class that a run has to stay on; null where it may have any.</summary>
    private string? BoundTo(DeviceRequest claim) => claim.Class is { } was && !_unbound.Contains(claim.RunId) ? was : null;

    /// <summary>
    /// The classes on which a run could start, were there no other: that of the devices that it is on alone; else GPUs before the processor, and of their classes the largest
    /// first. So whether it is on GPUs depends on the cluster's devices and not on who has them.
    /// </summary>
    /// <param name="claim">The run's.</param>
    /// <param name="least">The fewest devices that it takes.</param>
    /// <param name="usable">The devices.</param>
    /// <returns>Empty where there are too few of every class that it may have.</returns>
    private ImmutableArray<string> ClassesFor(DeviceRequest claim, int least, Dictionary<string, DeviceStatus> usable)
    {
        if (Held(claim, usable).Concat(Owned(claim, usable)).FirstOrDefault(device => IsOfItsSort(claim, device)) is { } has)
        {
            return [KindOf(has)];
        }

        var able = KindsFor(claim, usable).Where(kind => Capacity(claim, kind.Name, usable) >= least).ToList();
        return [.. able.Where(kind => kind.IsGpu == able[0].IsGpu).Select(kind => kind.Name)];
    }

    /// <summary>The kinds that a run may have and that there are: its own first, GPUs before the processor, and of their classes the largest first.</summary>
    private IEnumerable<(string Name, bool IsGpu)> KindsFor(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        usable.Values.Select(device => device.Device).Where(device => MayHave(claim, device))
            .CountBy(device => (Name: KindOf(device), IsGpu: DeviceKind.IsGpu(DeviceId.Name(device.Id))))
            .OrderByDescending(one => one.Key.Name == claim.Class).ThenByDescending(one => one.Key.IsGpu).ThenByDescending(one => one.Value)
            .ThenBy(one => one.Key.Name, StringComparer.Ordinal).Select(one => one.Key);

    /// <summary>Lets those look for another class that have had too few of their own for too long.</summary>
    /// <returns>Whether there is one more.</returns>
    private bool FreeStranded()
    {
        var isNews = false;
        foreach (var runId in _claims.Where((claim, _) => BoundTo(claim) is not null))
        {
            var claim = ClaimOf(runId);
            if (_grants.ContainsKey(runId) || MostFor(claim) >= LeastFor(claim, Divided.Usable))
            {
                _stranded.Remove(runId);
            }
            else if (!_stranded.TryAdd(runId, _now) && _now - _stranded[runId] >= ClassPatience)
            {
                isNews |= _unbound.Add(runId);
            }
        }

        return isNews;
    }

    /// <summary>A run claims nothing any more, or is on another class.</summary>
    private void ForgetPatience(string runId)
    {
        _stranded.Remove(runId);
        _unbound.Remove(runId);
    }

    /// <summary>The fewest devices that a run takes: one that has lost some goes on with what it still holds.</summary>
    private static int LeastFor(DeviceRequest claim, Dictionary<string, DeviceStatus> usable) =>
        IsGoing(claim) ? Math.Clamp(Held(claim, usable).Count(), 1, claim.Least) : claim.Least;
}
