using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>ONNX Runtime that is missing, or lacks what is asked of it.</summary>
public sealed class OnnxLibraryTests(EngineFixture networks) : IClassFixture<EngineFixture>
{
    [Fact]
    public void AProviderThatTheLibraryLacks_IsNamedWithTheRemedy()
    {
        Assert.SkipWhen(PrefixEngines.Providers().Contains(PrefixProvider.Cuda), "This build has the provider.");
        var request = new PrefixRequest
        {
            Table = LayerTable.For(NetworkGraph.KerasV1),
            Ends = [1],
            ImageSize = EngineFixture.Size,
            Provider = PrefixProvider.Cuda,
        };

        var error = Assert.Throws<InferenceException>(
            () => PrefixEngines.Create(PrefixEngine.Onnx, request, networks.Weights(NetworkGraph.KerasV1)));

        Assert.Contains("'Cuda'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProcessor_IsAlwaysAmongTheProviders() => Assert.Contains(PrefixProvider.Cpu, PrefixEngines.Providers());

    [Fact]
    public void TheLibrary_IsToldToTellItsMakerNothing()
    {
        PrefixEngines.Providers();

        Assert.NotNull(Marshal.PtrToStringUTF8(GetVariable("ORT_DISABLE_TELEMETRY")));
    }

    [Fact]
    public void AMissingNativeLibrary_IsOneClearException_HoweverOftenItIsAskedFor()
    {
        var context = new WithoutOnnxRuntime();
        try
        {
            var training = context.LoadFromAssemblyName(typeof(PrefixEngines).Assembly.GetName());
            var engines = training.GetType(typeof(PrefixEngines).FullName!, throwOnError: true)!;
            var providers = engines.GetMethod(nameof(PrefixEngines.Providers))!;
            for (var time = 0; time < 2; time++)
            {
                var error = Assert.Throws<TargetInvocationException>(() => providers.Invoke(null, null)).InnerException!;
                Assert.Equal(typeof(InferenceException).FullName, error.GetType().FullName);
                Assert.Contains("does not load", error.Message, StringComparison.Ordinal);
                Assert.Contains(WithoutOnnxRuntime.Message, error.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            context.Unload();
        }
    }

    // What the native library sees, unlike Environment.GetEnvironmentVariable.
    [DllImport("libc", EntryPoint = "getenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    /// <summary>The libraries under test and ONNX Runtime's managed part once more, where the native part cannot be found.</summary>
    private sealed class WithoutOnnxRuntime : AssemblyLoadContext
    {
        public const string Message = "there is no such file";

        private static readonly string[] Own = [typeof(PrefixEngines).Assembly.GetName().Name!, typeof(OnnxLibrary).Assembly.GetName().Name!, "Microsoft.ML.OnnxRuntime"];

        public WithoutOnnxRuntime()
            : base(nameof(WithoutOnnxRuntime), isCollectible: true)
        {
        }

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (!Own.Contains(assemblyName.Name))
            {
                return null;
            }

            var assembly = LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"));
            // Its own resolver would look in the program's folder before this context is asked.
            assembly.GetType("Microsoft.ML.OnnxRuntime.OrtEnv")?.GetProperty("DisableDllImportResolver")!.SetValue(null, true);
            return assembly;
        }

        protected override IntPtr LoadUnmanagedDll(string unmanagedDllName) => throw new DllNotFoundException(Message);
    }
}
