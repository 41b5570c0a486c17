using System.Net;
using System.Reflection;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A silo that was cut off looks at what is, and not at what was, before it judges others.</summary>
public sealed class CurrentMembershipTests
{
    private static readonly SiloAddress Own = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly SiloAddress Other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 1);

    private readonly ManualTime _time = new();
    private readonly Table _table = (Table)(object)DispatchProxy.Create<IMembershipTable, Table>();

    public CurrentMembershipTests()
    {
        _table.Time = _time;
        _table.Enter(Own, SiloStatus.Active);
        _table.Enter(Other, SiloStatus.Active);
    }

    [Fact]
    public async Task AnAnswerInTime_IsTaken()
    {
        _table.Delays.Enqueue(TimeSpan.FromSeconds(1));

        await Read();

        Assert.Equal((1, 0), (_table.Reads, _table.Signs));
    }

    [Fact]
    public async Task AnAnswerThatWasLong_IsAskedForAgain_SoThatSignsOfLifeAreNotOldForThatReason()
    {
        _table.Delays.Enqueue(TimeSpan.FromSeconds(2.9));
        _table.WhileItReads = () => _table.Enter(Other, SiloStatus.Active);

        var read = await Read();

        Assert.Equal(2, _table.Reads);
        Assert.Equal(_time.GetUtcNow().UtcDateTime, read.TryGet(Other)!.Item1.IAmAliveTime);
    }

    [Fact]
    public async Task WhoHasBeenSilent_GivesASign_BeforeItLooksAtOthers()
    {
        _time.Advance(TimeSpan.FromSeconds(3.1));

        var read = await Read();

        Assert.Equal((2, 1), (_table.Reads, _table.Signs));
        Assert.Equal(_time.GetUtcNow().UtcDateTime, read.TryGet(Own)!.Item1.IAmAliveTime);
        Assert.Equal(TimeSpan.FromSeconds(3.1), _time.GetUtcNow().UtcDateTime - read.TryGet(Other)!.Item1.IAmAliveTime); // others' signs are theirs
    }

    [Fact]
    public async Task AStoreThatIsAlwaysSlow_IsBelieved()
    {
        for (var read = 0; read < 5; read++)
        {
            _table.Delays.Enqueue(TimeSpan.FromSeconds(1.5));
        }

        await Read();

        Assert.Equal(2, _table.Reads);
    }

    [Fact]
    public async Task WhoWasCutOff_AndIsSilentOnlyInTheSecondAnswer_GivesASignAllTheSame()
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        _table.Delays.Enqueue(TimeSpan.FromSeconds(1));
        _table.Delays.Enqueue(TimeSpan.FromSeconds(0.5));
        await Read();
        Assert.Equal((1, 0), (_table.Reads, _table.Signs)); // three seconds are not too long

        _table.Enter(Own, SiloStatus.Active);
        _time.Advance(TimeSpan.FromSeconds(1));
        _table.Delays.Clear();
        _table.Delays.Enqueue(TimeSpan.FromSeconds(1.5));
        _table.Delays.Enqueue(TimeSpan.FromSeconds(0.9));

        var read = await Read();

        Assert.Equal((4, 1), (_table.Reads, _table.Signs));
        Assert.Equal(_time.GetUtcNow().UtcDateTime, read.TryGet(Own)!.Item1.IAmAliveTime);
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.Dead)]
    public async Task WhoIsNoMember_GivesNoSign(SiloStatus status)
    {
        _table.Enter(Own, status);
        _time.Advance(TimeSpan.FromSeconds(10));

        await Read();

        Assert.Equal((1, 0), (_table.Reads, _table.Signs));
    }

    [Fact]
    public async Task ItStandsBeforeTheTable_ThatASiloUsesAnyway()
    {
        var services = new ServiceCollection();
        services.AddSingleton((IMembershipTable)(object)DispatchProxy.Create<IMembershipTable, Table>()); // another one, which nobody asks
        services.AddSingleton(_ => (IMembershipTable)(object)_table);
        services.AddSingleton<ILocalSiloDetails>(new Here(Own));
        services.AddSingleton<TimeProvider>(_time);
        services.AddOptions();
        CurrentMembership.Add(services);
        await using var provider = services.BuildServiceProvider();

        var current = Assert.IsType<CurrentMembership>(provider.GetRequiredService<IMembershipTable>());
        await current.ReadAllAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, _table.Reads);
    }

    private Task<MembershipTableData> Read() => new CurrentMembership(
        (IMembershipTable)(object)_table,
        new Here(Own),
        Options.Create(new ClusterMembershipOptions { IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1), NumMissedTableIAmAliveLimit = 3 }),
        _time).ReadAllAsync(TestContext.Current.CancellationToken);

    /// <summary>A table in memory, whose answers take as long as they are told to.</summary>
    public class Table : DispatchProxy
    {
        private readonly Dictionary<SiloAddress, MembershipEntry> _entries = [];

        internal ManualTime Time { get; set; } = new();

        internal Queue<TimeSpan> Delays { get; } = new();

        internal Action WhileItReads { get; set; } = () => { };

        internal int Reads { get; private set; }

        internal int Signs { get; private set; }

        internal void Enter(SiloAddress silo, SiloStatus status) =>
            _entries[silo] = new() { SiloAddress = silo, Status = status, StartTime = Time.GetUtcNow().UtcDateTime.AddHours(-1), IAmAliveTime = Time.GetUtcNow().UtcDateTime };

        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case nameof(IMembershipTable.ReadAllAsync):
                    Reads++;
                    var data = new MembershipTableData([.. _entries.Values.Select(entry => Tuple.Create(entry, "1"))], new(1, "1"));
                    Time.Advance(Delays.TryDequeue(out var delay) ? delay : TimeSpan.Zero);
                    WhileItReads();
                    return Task.FromResult(data);
                case nameof(IMembershipTable.UpdateIAmAliveAsync):
                    Signs++;
                    var sign = (MembershipEntry)args![0]!;
                    _entries[sign.SiloAddress] = new() { SiloAddress = sign.SiloAddress, Status = _entries[sign.SiloAddress].Status, IAmAliveTime = sign.IAmAliveTime };
                    return Task.CompletedTask;
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }

    private sealed class Here(SiloAddress silo) : ILocalSiloDetails
    {
        public string Name => "here";

        public string ClusterId => "cluster";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress => silo;

        public SiloAddress GatewayAddress => silo;
    }
}
