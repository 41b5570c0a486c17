namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>One silo that speaks TLS, its authority and another one.</summary>
public sealed class TlsSilo : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _ours;
    private readonly TestAuthority _foreign;
    private SiloProcess _silo = null!;

    public TlsSilo()
    {
        _ours = new(_folder.Path, "ours");
        _foreign = new(_folder.Path, "foreign");
        Good = Options(_ours, "client");
        Foreign = Options(_foreign, "stranger");
    }

    /// <summary>Where clients connect to.</summary>
    public string Gateway => _silo.Gateway;

    /// <summary>A certificate of the silo's authority.</summary>
    public ClientTlsOptions Good { get; }

    /// <summary>A certificate of another one.</summary>
    public ClientTlsOptions Foreign { get; }

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = _ours.Issue("silo");
        _silo = await SiloProcess.StartAsync($"Tls:CertificatePath={certificate}", $"Tls:KeyPath={key}", $"Tls:CaPath={_ours.CaPath}");
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _ours.Dispose();
        _foreign.Dispose();
        _folder.Dispose();
    }

    /// <summary>A file in its folder, which goes with it.</summary>
    public string In(string name) => _folder.In(name);

    private ClientTlsOptions Options(TestAuthority issuer, string name)
    {
        var (certificate, key) = issuer.Issue(name);
        return new() { CertificatePath = certificate, KeyPath = key, CaPath = _ours.CaPath };
    }
}
