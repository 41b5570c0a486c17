using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A silo whose process has ended is told from one that lives.</summary>
public sealed class FailureDetectorTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Members _members = new();
    private readonly FailureDetector _ended;
    private readonly SiloAddress _silo;

    public FailureDetectorTests()
    {
        _listener.Start();
        _silo = SiloAddress.New((IPEndPoint)_listener.LocalEndpoint, 1);
        var here = new Here();
        _members.Set(here.SiloAddress, SiloStatus.Active);
        _members.Set(_silo, SiloStatus.Active);
        _ended = new(_members, here, TimeProvider.System, NullLogger<FailureDetector>.Instance);
    }

    [Fact]
    public async Task ASiloWhosePortIsRefused_IsDeclaredDead()
    {
        _listener.Stop();

        await _ended.LookAsync(_silo.Endpoint);

        Assert.Equal([_silo], _members.Killed);
    }

    [Fact]
    public async Task ASiloThatStillListensWhileItEnds_IsDeclaredDead()
    {
        var looking = _ended.LookAsync(_silo.Endpoint);
        var taken = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        _listener.Stop();
        taken.Close(0); // as the kernel does with what a process leaves

        await looking;

        Assert.Equal([_silo], _members.Killed);
    }

    [Fact]
    public async Task ASiloThatListens_LivesOn()
    {
        await _ended.LookAsync(_silo.Endpoint);

        Assert.Empty(_members.Killed);
    }

    [Theory]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Dead)]
    public async Task ASiloThatLeaves_IsLeftToItself(SiloStatus stored)
    {
        _listener.Stop();
        _members.Refreshed = () => _members.Set(_silo, stored); // the table knows, and gossip has not come yet

        await _ended.LookAsync(_silo.Endpoint);

        Assert.Empty(_members.Killed);
    }

    [Fact]
    public async Task ASiloThatHasItselfBeenGivenUp_DeclaresNobodyDead()
    {
        _listener.Stop();
        _members.Refreshed = () => _members.Set(new Here().SiloAddress, SiloStatus.Dead);

        await _ended.LookAsync(_silo.Endpoint);

        Assert.Empty(_members.Killed);
    }

    [Fact]
    public async Task WhereTheStoreIsAway_ProbesDecide()
    {
        _listener.Stop();
        _members.Refreshed = () => throw new TimeoutException("no answer");

        await _ended.LookAsync(_silo.Endpoint);

        Assert.Empty(_members.Killed);
    }

    [Fact]
    public async Task AnotherPort_IsNoSilo()
    {
        await _ended.LookAsync(new IPEndPoint(IPAddress.Loopback, 1));
        await _ended.LookAsync(null);

        Assert.Empty(_members.Killed);
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Here : ILocalSiloDetails
    {
        public string Name => "here";

        public string ClusterId => "cluster";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 2, 1);

        public SiloAddress GatewayAddress => SiloAddress;
    }

    private sealed class Members : IClusterMembershipService
    {
        private ImmutableDictionary<SiloAddress, ClusterMember> _members = ImmutableDictionary<SiloAddress, ClusterMember>.Empty;

        public List<SiloAddress> Killed { get; } = [];

        public Action Refreshed { get; set; } = () => { };

        public ClusterMembershipSnapshot CurrentSnapshot => new(_members, new(1));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public void Set(SiloAddress silo, SiloStatus status) => _members = _members.SetItem(silo, new(silo, status, "silo"));

        public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken)
        {
            Refreshed();
            return ValueTask.CompletedTask;
        }

        public ValueTask Refresh(MembershipVersion minimumVersion) => Refresh(minimumVersion, CancellationToken.None);

        public Task<bool> TryKill(SiloAddress siloAddress)
        {
            Killed.Add(siloAddress);
            return Task.FromResult(true);
        }
    }
}
