using System.Threading.Channels;
using DistributedFreeze.Grains.Devices;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>When a silo tells the scheduler of its devices.</summary>
public sealed class DeviceReporterTests : IDisposable
{
    private static readonly SiloAddress Here = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);

    private readonly Channel<string> _reports = Channel.CreateUnbounded<string>();
    private readonly DeviceReporter _reporter;
    private int _failing;

    public DeviceReporterTests()
    {
        var local = Stub.Of<ILocalSiloDetails>((_, _) => Here);
        var scheduler = Stub.Of<ISchedulerGrain>((_, arguments) => ReportAsync((DistributedFreeze.Devices.SiloReport)arguments[0]!));
        var grains = Stub.Of<IGrainFactory>((_, _) => scheduler);
        var membership = Stub.Of<ISiloStatusOracle>((_, _) => true);
        _reporter = new(new SiloDevices(local, new() { CpuSlots = 1 }, Telemetry.Silo.Slots), grains, membership, TimeProvider.System, NullLogger<DeviceReporter>.Instance);
    }

    [Fact]
    public async Task ASilosDeath_IsFollowedByAReportAtOnce()
    {
        _reporter.SiloStatusChangeNotification(Here, SiloStatus.Dead);

        Assert.Equal("heard", await _reports.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void WhatIsNoDeath_IsNoReasonToReport()
    {
        _reporter.SiloStatusChangeNotification(Here, SiloStatus.Joining);
        _reporter.SiloStatusChangeNotification(Here, SiloStatus.ShuttingDown);

        Assert.False(_reports.Reader.TryRead(out _));
    }

    [Fact]
    public async Task AReportThatIsLostWithTheScheduler_IsMadeAgain()
    {
        _failing = 2;

        _reporter.SiloStatusChangeNotification(Here, SiloStatus.Dead);

        Assert.Equal("lost", await _reports.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("lost", await _reports.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("heard", await _reports.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _reporter.Dispose();

    private Task ReportAsync(DistributedFreeze.Devices.SiloReport report)
    {
        Assert.Single(report.Devices);
        var isLost = _failing-- > 0;
        _reports.Writer.TryWrite(isLost ? "lost" : "heard");
        return isLost ? Task.FromException(new SiloUnavailableException()) : Task.CompletedTask;
    }
}
