using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
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

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.2", false)]
    public async Task WhereAConnectionOfItsMachineCloses_ItIsLookedAt(string machine, bool isItsOwn)
    {
        _listener.Stop();

        await _ended.LookAroundAsync(new IPEndPoint(IPAddress.Parse(machine), 40_000)); // any port: it is that of the connection

        Assert.Equal(isItsOwn ? [_silo] : [], _members.Killed);
    }

    [Theory]
    [InlineData("a silo's first bytes", true)]
    [InlineData("", false)] // as another silo's look; answering it with looks would never end
    public async Task WhenAConnectionCloses_ItIsLookedAround_IfItWasASilos(string said, bool looks)
    {
        using var services = new ServiceCollection().AddSingleton(_ended).BuildServiceProvider();
        var connections = new ConnectionBuilder(services);
        FailureDetector.WatchTaken(connections);
        var handled = "";
        connections.Run(async connection => handled = Encoding.UTF8.GetString((await connection.Transport.Input.ReadAsync()).Buffer));
        var sent = new Pipe();
        await sent.Writer.WriteAsync(Encoding.UTF8.GetBytes(said), TestContext.Current.CancellationToken);
        await sent.Writer.CompleteAsync();
        var connection = new DefaultConnectionContext("one")
        {
            Transport = new Duplex(sent.Reader, new Pipe().Writer),
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("127.0.0.3"), 40_000),
        };

        await connections.Build()(connection);

        Assert.Equal(said, handled);
        Assert.Equal(looks, _members.WasRead);
    }

    public void Dispose() => _listener.Dispose();

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

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

        public bool WasRead { get; private set; }

        public ClusterMembershipSnapshot CurrentSnapshot
        {
            get
            {
                WasRead = true;
                return new(_members, new(1));
            }
        }

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
