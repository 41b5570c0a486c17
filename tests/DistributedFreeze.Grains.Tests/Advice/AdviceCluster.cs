using System.Threading.Channels;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Paths;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace DistributedFreeze.Grains.Tests.Advice;

/// <summary>Two silos with one device each, on which nothing computes but what a test says.</summary>
public sealed class AdviceCluster : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Channel<FakeAdvice.Question> _asked = Channel.CreateUnbounded<FakeAdvice.Question>();

    public AdviceCluster()
    {
        Directory.CreateDirectory(Path.Combine(Images, "train", "a"));
        Directory.CreateDirectory(Path.Combine(Images, "train", "b"));
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((options, silo) =>
        {
            silo.AddRunMemory(GrainServices.StorageName);
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton(new DeviceOptions { CpuSlots = 1, RunMemoryBytes = 1L << 50 });
            silo.Services.AddSingleton(new PathRoots([_folder.Path], [_folder.Path]));
            silo.Services.AddSingleton(Idle());
            silo.Services.AddSingleton<IAdviceBackend>(new FakeAdvice(options.SiloName, _asked));
            silo.Services.AddDistributedFreezeGrains();
        });
        Silos = builder.Build();
    }

    /// <summary>Both silos.</summary>
    public InProcessTestCluster Silos { get; }

    /// <summary>Folder of images, of two classes without any.</summary>
    public string Images => Path.Combine(_folder.Path, "images");

    /// <summary>The next question that a device is asked.</summary>
    internal ValueTask<FakeAdvice.Question> NextAsync() => _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync() => await Silos.DeployAsync();

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Slots with replicas that no run has.</summary>
    private static IComputeBackend Idle() => Stub.Of<IComputeBackend>((method, args) => method.Name switch
    {
        nameof(IComputeBackend.Find) => Telemetry.Silo.Slots.Find((int?)args[0]),
        nameof(IComputeBackend.ReplicaOn) => Stub.Of<IDeviceReplica>((call, _) =>
            call.ReturnType == typeof(ValueTask) ? default(ValueTask) : call.ReturnType == typeof(Task) ? Task.CompletedTask : null),
        _ => Task.FromResult<string?>(null),
    });
}
