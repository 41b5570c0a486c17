using System.CommandLine;

namespace DistributedFreeze.Cli.Contexts;

/// <summary>The options that say what to show a cluster that speaks TLS.</summary>
internal sealed class TlsAccess
{
    /// <summary>Environment variables for a cluster that is not a context, where no option is given.</summary>
    public const string CaVariable = "DFREEZE_TLS_CA", CertVariable = "DFREEZE_TLS_CERT", KeyVariable = "DFREEZE_TLS_KEY";

    private readonly Option<string?> _ca;
    private readonly Option<string?> _cert;
    private readonly Option<string?> _key;

    /// <param name="defaults">Whether the options have defaults, the variables and the context's; else the help names none.</param>
    public TlsAccess(bool defaults)
    {
        _ca = Create("--tls-ca", "Certificates of the cluster's authorities, in PEM", CaVariable);
        _cert = Create("--tls-cert", "This client's certificate, in PEM", CertVariable);
        _key = Create("--tls-key", "The private key of --tls-cert, in PEM", KeyVariable);

        Option<string?> Create(string name, string description, string variable) => new(name)
        {
            Description = defaults ? $"{description} [default: the context's, or {variable}]" : description,
            HelpName = "FILE",
        };
    }

    public void AddTo(Command command)
    {
        command.Add(_ca);
        command.Add(_cert);
        command.Add(_key);
    }

    /// <summary>What the variables say.</summary>
    public static ContextTls? OfVariables() => ContextTls.Of(
        Environment.GetEnvironmentVariable(CaVariable), Environment.GetEnvironmentVariable(CertVariable), Environment.GetEnvironmentVariable(KeyVariable));

    /// <summary>What the options say, and <paramref name="otherwise"/> where one does not.</summary>
    public ContextTls? Of(ParseResult parsed, ContextTls? otherwise = null) => ContextTls.Of(
        parsed.GetValue(_ca) ?? otherwise?.Ca, parsed.GetValue(_cert) ?? otherwise?.Cert, parsed.GetValue(_key) ?? otherwise?.Key);
}
