using DistributedFreeze.Errors;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Security;

/// <summary>Certificates that follow their files: what is renewed there is taken by the next connection, without a restart.</summary>
/// <remarks>
/// Files are looked at before each connection and once a minute. Those that are wrong, do not belong together yet or are not valid now leave
/// the ones in use as they are. Connections that are open keep what they were opened with. Thread-safe.
/// </remarks>
public sealed partial class RenewedCertificates : IDisposable
{
    /// <summary>How often files are looked at where nobody connects: a renewal that failed is to be heard of.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private ClusterCertificates _current;
    private string? _refused;

    /// <param name="first">Certificates that were read from files; they must last.</param>
    /// <param name="logger">Told what is taken and, once each, what is not.</param>
    /// <param name="time">Says whether a certificate is valid now.</param>
    public RenewedCertificates(ClusterCertificates first, ILogger<RenewedCertificates> logger, TimeProvider time)
    {
        (_current, _logger, _time) = (first, logger, time);
        _timer = time.CreateTimer(static state => _ = ((RenewedCertificates)state!).Current, this, Period, Period);
    }

    /// <summary>Those for a connection that is made now.</summary>
    public ClusterCertificates Current
    {
        get
        {
            lock (_lock)
            {
                Look();
                return _current;
            }
        }
    }

    /// <summary>Ends looking at the files. Certificates are left to the garbage collector: a handshake may still use them.</summary>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        ClusterCertificates? next = null;
        try
        {
            var files = CertificateFiles.Read(_current.Paths);
            if (files.Digest == _current.Digest)
            {
                _refused = null;
                return;
            }

            // Three files are not read at one moment: those that are replaced meanwhile belong together at the next look.
            if (CertificateFiles.Read(_current.Paths).Digest != files.Digest)
            {
                return;
            }

            next = ClusterCertificates.Of(files);
            next.EnsureValid(_time.GetUtcNow());
            (_current, _refused) = (next, null);
            LogTaken(next.Paths.Certificate, next.Thumbprint, next.NotAfter, next.Authorities);
        }
        catch (InvalidInputException wrong)
        {
            next?.Dispose();
            Refuse(wrong.Message.ReplaceLineEndings("; "));
        }
    }

    private void Refuse(string problem)
    {
        if (problem == _refused)
        {
            return;
        }

        _refused = problem;
        LogRefused(_current.Thumbprint, _current.NotAfter, problem);
    }

    [LoggerMessage(LogLevel.Information, "Took the certificate in {File}: {Thumbprint}, valid until {NotAfter:u}, with {Authorities} authorities")]
    private partial void LogTaken(string file, string thumbprint, DateTimeOffset notAfter, int authorities);

    [LoggerMessage(LogLevel.Warning, "Renewed certificates are not taken, and {Thumbprint}, valid until {NotAfter:u}, stays in use: {Problem}")]
    private partial void LogRefused(string thumbprint, DateTimeOffset notAfter, string problem);
}
