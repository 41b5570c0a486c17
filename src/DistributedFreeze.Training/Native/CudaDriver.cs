using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace DistributedFreeze.Training.Native;

/// <summary>The driver of this host. Thread-safe.</summary>
internal sealed unsafe class CudaDriver : ICudaDriver
{
    private const int NameLength = 256;

    /// <summary>CUDA_ERROR_INVALID_VALUE, also where the driver has no such call.</summary>
    private const int NoCall = 1;

    private readonly delegate* unmanaged<uint, int> _init;
    private readonly delegate* unmanaged<int*, int> _version;
    private readonly delegate* unmanaged<int*, int> _count;
    private readonly delegate* unmanaged<int*, int, int> _device;
    private readonly delegate* unmanaged<byte*, int, int, int> _name;
    private readonly delegate* unmanaged<nuint*, int, int> _memory;
    private readonly delegate* unmanaged<int*, int, int, int> _attribute;
    private readonly delegate* unmanaged<nint*, int, int> _retain;
    private readonly delegate* unmanaged<int, int> _release;
    private readonly delegate* unmanaged<nint, int> _push;
    private readonly delegate* unmanaged<nint*, int> _pop;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _free;

    private CudaDriver(nint library)
    {
        _init = (delegate* unmanaged<uint, int>)Find("cuInit");
        _version = (delegate* unmanaged<int*, int>)Find("cuDriverGetVersion");
        _count = (delegate* unmanaged<int*, int>)Find("cuDeviceGetCount");
        _device = (delegate* unmanaged<int*, int, int>)Find("cuDeviceGet");
        _name = (delegate* unmanaged<byte*, int, int, int>)Find("cuDeviceGetName");
        _memory = (delegate* unmanaged<nuint*, int, int>)Find("cuDeviceTotalMem_v2");
        _attribute = (delegate* unmanaged<int*, int, int, int>)Find("cuDeviceGetAttribute");
        _retain = (delegate* unmanaged<nint*, int, int>)Find("cuDevicePrimaryCtxRetain");
        _release = (delegate* unmanaged<int, int>)Find("cuDevicePrimaryCtxRelease_v2");
        _push = (delegate* unmanaged<nint, int>)Find("cuCtxPushCurrent_v2");
        _pop = (delegate* unmanaged<nint*, int>)Find("cuCtxPopCurrent_v2");
        _free = (delegate* unmanaged<nuint*, nuint*, int>)Find("cuMemGetInfo_v2");

        nint Find(string name) => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;
    }

    /// <param name="library">Name or path.</param>
    /// <param name="driver">Null where there is none.</param>
    public static bool TryLoad(string library, [NotNullWhen(true)] out CudaDriver? driver)
    {
        driver = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(library, out var loaded) ? new(loaded) : null;
        return driver is not null;
    }

    public int Init() => _init is null ? NoCall : _init(0);

    public int Version(out int version)
    {
        fixed (int* to = &version)
        {
            *to = 0;
            return _version is null ? NoCall : _version(to);
        }
    }

    public int Count(out int count)
    {
        fixed (int* to = &count)
        {
            *to = 0;
            return _count is null ? NoCall : _count(to);
        }
    }

    public int Device(int ordinal, out int device)
    {
        fixed (int* to = &device)
        {
            *to = 0;
            return _device is null ? NoCall : _device(to, ordinal);
        }
    }

    public int Name(int device, out string name)
    {
        var text = stackalloc byte[NameLength];
        text[0] = 0;
        var result = _name is null ? NoCall : _name(text, NameLength, device);
        var bytes = new ReadOnlySpan<byte>(text, NameLength);
        name = Encoding.UTF8.GetString(bytes[..(bytes.IndexOf((byte)0) is >= 0 and var end ? end : NameLength)]);
        return result;
    }

    public int Memory(int device, out nuint bytes)
    {
        fixed (nuint* to = &bytes)
        {
            *to = 0;
            return _memory is null ? NoCall : _memory(to, device);
        }
    }

    public int FreeMemory(int device, out nuint bytes)
    {
        bytes = 0;
        if (_retain is null || _release is null || _push is null || _pop is null || _free is null)
        {
            return NoCall;
        }

        nint context;
        var result = _retain(&context, device);
        if (result != 0)
        {
            return result;
        }

        result = _push(context);
        if (result == 0)
        {
            nuint free, total;
            result = _free(&free, &total);
            bytes = result == 0 ? free : 0;
            _pop(&context);
        }

        _release(device);
        return result;
    }

    public int Attribute(int device, int attribute, out int value)
    {
        fixed (int* to = &value)
        {
            *to = 0;
            return _attribute is null ? NoCall : _attribute(to, attribute, device);
        }
    }
}
