namespace DistributedFreeze.Chaos.Scenarios;

/// <summary>What befalls a run.</summary>
internal enum ScenarioKind
{
    /// <summary>A silo that does not coordinate the run is killed.</summary>
    Worker,

    /// <summary>The coordinator's silo is killed.</summary>
    Coordinator,

    /// <summary>Two of three silos are killed within half a second, the coordinator's among them.</summary>
    Both,

    /// <summary>Both silos that do not coordinate the run are killed at once.</summary>
    TwoOfThree,

    /// <summary>All silos are killed and others are started.</summary>
    All,

    /// <summary>A silo stands still for 2 to 20 s.</summary>
    HungWorker,

    /// <summary>The coordinator's silo stands still for 2 to 20 s.</summary>
    HungCoordinator,

    /// <summary>One silo after another is asked to end, and replaced.</summary>
    Rolling,

    /// <summary>Redis is killed and comes back with what it had.</summary>
    RedisRestart,

    /// <summary>Redis stands still for some seconds.</summary>
    RedisSlow,

    /// <summary>A silo joins.</summary>
    Join,

    /// <summary>A silo joins and is killed as soon as it has shards.</summary>
    JoinKill,

    /// <summary>A silo joins, and the only one that holds the run's state is killed as soon as the newcomer has shards.</summary>
    JoinHolder,

    /// <summary>The run is cancelled while its coordinator is replaced.</summary>
    Cancel,

    /// <summary>The run is paused while its coordinator is replaced, and resumed later.</summary>
    Pause,

    /// <summary>The run is cancelled and deleted while its coordinator is replaced.</summary>
    Delete,

    /// <summary>The disk with the output folder fills up, and has room again some seconds later.</summary>
    DiskFull,

    /// <summary>The output folder is read-only for some seconds.</summary>
    ReadOnly,

    /// <summary>The disk with the output folder is taken away, and comes back some seconds later.</summary>
    DiskGone,

    /// <summary>A silo's clock is set forward or back by seconds or hours, and right again some seconds later.</summary>
    ClockStep,

    /// <summary>Redis is away for a second, and nobody asks after the run before it has ended.</summary>
    RedisBlink,

    /// <summary>Redis is away for a minute, and nobody asks after the run before it has ended.</summary>
    RedisGone,

    /// <summary>One silo hears nothing of another one for some seconds.</summary>
    LinkOneWay,

    /// <summary>Two silos hear nothing of each other for some seconds.</summary>
    LinkBoth,

    /// <summary>A silo is cut off from everybody for some seconds.</summary>
    CutOff,

    /// <summary>Something else wants all processors for 30 s; no silo may be taken for dead.</summary>
    Load,

    /// <summary>Two of the others at once.</summary>
    Pair,
}
