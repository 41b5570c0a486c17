using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using DistributedFreeze.Security;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>When files are taken that have changed, and when not.</summary>
[Slow]
public sealed class RenewedCertificatesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly LogList _log = new();
    private readonly TestAuthority _old;
    private readonly TestAuthority _new;
    private readonly TlsFiles _files;
    private readonly RenewedCertificates _renewed;
    private readonly ClusterCertificates _first;

    public RenewedCertificatesTests()
    {
        // An authority that is renewed keeps its name.
        _old = new(_folder.Path, "old", subject: "authority");
        _new = new(_folder.Path, "new", subject: "authority");
        _files = new TlsFiles(In("tls")).Write(_old.IssuePem("silo"), _old);
        _first = _files.Read();
        _renewed = new(_first, _log, _time);
    }

    [Fact]
    public void FilesThatDidNotChange_AreNotTakenAgain()
    {
        File.SetLastWriteTimeUtc(_files.Certificate, _time.GetUtcNow().UtcDateTime.AddDays(1));

        Assert.Same(_first, _renewed.Current);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void ARenewedPair_IsTakenOnce()
    {
        _files.Write(_new.IssuePem("silo"), _old, _new);

        var taken = _renewed.Current;

        Assert.NotEqual(_first.Thumbprint, taken.Thumbprint);
        Assert.Equal(2, taken.Authorities);
        Assert.Same(taken, _renewed.Current);
        var (level, line) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Information, level);
        Assert.Equal($"Took the certificate in {_files.Certificate}: {taken.Thumbprint}, valid until {taken.NotAfter:u}, with 2 authorities", line);
    }

    [Fact]
    public void AuthoritiesAlone_AreTakenToo()
    {
        _files.Trust(_old, _new);

        Assert.Equal((_first.Thumbprint, 2), (_renewed.Current.Thumbprint, _renewed.Current.Authorities));
    }

    [Fact]
    public void APairThatDoesNotMatchYet_IsWaitedForAndSaidOnce()
    {
        var (certificate, key) = _old.IssuePem("silo");
        File.WriteAllText(_files.Certificate, certificate);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.Same(_first, _renewed.Current));
        AssertRefused($"{_files.Key}: must be the private key of {_files.Certificate} in PEM, not encrypted");

        File.WriteAllText(_files.Key, key);

        Assert.NotSame(_first, _renewed.Current);
        Assert.Equal(LogLevel.Information, _log.Lines[^1].Level);
    }

    [Theory]
    [InlineData("tls.crt", "must hold at least one certificate in PEM, and end each that it begins")]
    [InlineData("tls.key", "must be the private key of ")]
    [InlineData("ca.crt", "must hold at least one certificate in PEM, and end each that it begins")]
    public void AFileThatIsHalfWritten_IsNotTaken(string name, string problem)
    {
        _files.Write(_new.IssuePem("silo"), _old, _new);
        var file = Path.Combine(Path.GetDirectoryName(_files.Ca)!, name);
        var whole = File.ReadAllText(file);
        File.WriteAllText(file, whole[..^40]);

        Assert.Same(_first, _renewed.Current);
        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{file}: {problem}");

        File.WriteAllText(file, whole);
        Assert.Equal((false, 2), (_renewed.Current.Thumbprint == _first.Thumbprint, _renewed.Current.Authorities));
    }

    [Fact]
    public void AKeyOfACurveThatThePlatformDoesNotKnow_IsNotTaken()
    {
        var (certificate, key) = _new.IssuePem("silo");
        var fields = PemEncoding.Find(key);
        var der = Convert.FromBase64String(key[fields.Base64Data]);
        der[der.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x08, 0x2a, 0x86, 0x48]) + 6] ^= 1; // of the curve's identifier
        _files.Write((certificate, new(PemEncoding.Write(key[fields.Label], der))), _new);

        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{_files.Key}: must be the private key of ");
    }

    [Theory]
    [InlineData("tls.crt", "cannot be read as certificates in PEM: ")]
    [InlineData("tls.key", "cannot be read: ")]
    [InlineData("ca.crt", "cannot be read as certificates in PEM: ")]
    public void AFileThatCannotBeRead_LeavesTheOldOneInUse(string name, string problem)
    {
        var file = Path.Combine(Path.GetDirectoryName(_files.Ca)!, name);
        File.Delete(file);

        Assert.Same(_first, _renewed.Current);
        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{file}: {problem}");
    }

    [Fact]
    public void ACertificateThatHasEnded_IsNotTaken()
    {
        _files.Write(_old.IssuePem("silo", to: _time.GetUtcNow().AddHours(-1)), _old);

        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{_files.Certificate}: must be valid now by this machine's clock; it is from ");
    }

    [Fact]
    public void AuthoritiesThatHaveEnded_AreNotTaken()
    {
        using var lasting = new TestAuthority(_folder.Path, "lasting", days: 30);
        _time.Advance(TimeSpan.FromDays(10));
        _files.Write(lasting.IssuePem("silo", to: _time.GetUtcNow().AddDays(1)), _old, _new);

        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{_files.Ca}: must hold an authority that is valid now by this machine's clock; the last ended at ");
    }

    [Fact]
    public void ACertificateThatHasNotBegun_IsTakenWhenItHas()
    {
        _files.Write(_old.IssuePem("silo", from: _time.GetUtcNow().AddHours(1)), _old);

        Assert.Same(_first, _renewed.Current);
        AssertRefused($"{_files.Certificate}: must be valid now by this machine's clock; it is from ");

        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotSame(_first, _renewed.Current);
    }

    [Fact]
    public void WhereNobodyConnects_FilesAreLookedAtEveryMinute()
    {
        File.Delete(_files.Ca);
        Assert.Empty(_log.Lines);

        _time.Advance(TimeSpan.FromMinutes(1));

        AssertRefused($"{_files.Ca}: cannot be read");
    }

    [Fact]
    public async Task AMountedSecretThatIsReplacedMeanwhile_IsNeverTakenInHalves()
    {
        const int Rounds = 200;
        var mount = In("mount");
        string[] contents = [In("mount/..one"), In("mount/..two")];
        var thumbprints = contents.Select(content => new TlsFiles(content).Write(_old.IssuePem("silo"), _old).Read().Thumbprint).ToArray();
        var data = Path.Combine(mount, "..data");
        Directory.CreateSymbolicLink(data, contents[0]);
        var files = new TlsFiles(mount);
        foreach (var file in new[] { files.Certificate, files.Key, files.Ca })
        {
            File.CreateSymbolicLink(file, Path.Combine(data, Path.GetFileName(file)));
        }

        using var renewed = new RenewedCertificates(files.Read(), _log, _time);
        using var round = new Barrier(2);
        var kubelet = Task.Factory.StartNew(ReplaceAll, TaskCreationOptions.LongRunning);
        for (var i = 1; i <= Rounds; i++)
        {
            round.SignalAndWait(TestContext.Current.CancellationToken);
            _ = renewed.Current;
            round.SignalAndWait(TestContext.Current.CancellationToken);
            Assert.Equal(thumbprints[i % 2], renewed.Current.Thumbprint);
        }

        await kubelet;
        Assert.DoesNotContain(_log.Lines, line => line.Level != LogLevel.Information);

        void ReplaceAll()
        {
            for (var i = 1; i <= Rounds; i++)
            {
                var next = Path.Combine(mount, "..data_tmp");
                Directory.CreateSymbolicLink(next, contents[i % 2]);
                round.SignalAndWait(TestContext.Current.CancellationToken);
                Assert.Equal(0, Rename(next, data));
                round.SignalAndWait(TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task WhileTwoAuthoritiesOverlap_CertificatesOfBothAreLetIn()
    {
        using var ofOld = _files.Read();
        using var ofNew = new TlsFiles(In("renewed")).Write(_new.IssuePem("silo"), _new).Read();
        await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(_renewed.Current, ofNew));

        _files.Trust(_old, _new);
        await ShakeHandsAsync(_renewed.Current, ofOld);
        await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(_renewed.Current, ofNew));
        using var ofNewThatTrustsBoth = new TlsFiles(In("renewed")).Write(_new.IssuePem("silo"), _old, _new).Read();
        await ShakeHandsAsync(_renewed.Current, ofNewThatTrustsBoth);

        _files.Write(_new.IssuePem("silo"), _new);
        await ShakeHandsAsync(_renewed.Current, ofNew);
        await Assert.ThrowsAsync<AuthenticationException>(() => ShakeHandsAsync(_renewed.Current, ofOld));
    }

    public void Dispose()
    {
        _renewed.Dispose();
        _old.Dispose();
        _new.Dispose();
        _folder.Dispose();
    }

    private string In(string name) => _folder.In(name);

    private void AssertRefused(string problem)
    {
        var (level, line) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith(
            $"Renewed certificates are not taken, and {_first.Thumbprint}, valid until {_first.NotAfter:u}, stays in use: {problem}", line, StringComparison.Ordinal);
    }

    /// <summary>Both must let the other in.</summary>
    private static async Task ShakeHandsAsync(ClusterCertificates server, ClusterCertificates client)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var outgoing = new TcpClient();
        var connecting = outgoing.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var incoming = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await connecting;
        await using var theirs = new SslStream(incoming.GetStream());
        await using var ours = new SslStream(outgoing.GetStream());

        // A side that is not let in learns it by the end of the other's connection.
        var serving = Task.Run(async () =>
        {
            using (incoming)
            {
                await theirs.AuthenticateAsServerAsync(server.ForServer(), TestContext.Current.CancellationToken);
                await theirs.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            }
        });
        var connected = Task.Run(async () =>
        {
            using (outgoing)
            {
                await ours.AuthenticateAsClientAsync(client.ForClient(), TestContext.Current.CancellationToken);
                await ours.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            }
        });
        try
        {
            await Task.WhenAll(serving, connected);
        }
        catch (Exception wrong) when (wrong is IOException or AuthenticationException)
        {
            throw new AuthenticationException(wrong.Message, wrong);
        }
    }

    /// <summary>Replaces a link in one go, which Directory.Move does not.</summary>
    [DllImport("libc", EntryPoint = "rename", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Rename(string from, string to);

    private sealed class LogList : ILogger<RenewedCertificates>
    {
        public List<(LogLevel Level, string Line)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, formatter(state, exception)));
    }
}
