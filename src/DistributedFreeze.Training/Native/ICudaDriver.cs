namespace DistributedFreeze.Training.Native;

/// <summary>The calls of NVIDIA's driver (cuda.h) that tell of its GPUs. Each answers 0 where it did what it is asked to, else a CUresult.</summary>
internal interface ICudaDriver
{
    /// <summary><c>cuInit(0)</c>, which reads CUDA_VISIBLE_DEVICES.</summary>
    int Init();

    /// <summary><c>cuDriverGetVersion</c>: the newest CUDA that it runs, as 1000 x major + 10 x minor.</summary>
    int Version(out int version);

    /// <summary><c>cuDeviceGetCount</c>: of those that are visible.</summary>
    int Count(out int count);

    /// <summary><c>cuDeviceGet</c>, from 0 on.</summary>
    int Device(int ordinal, out int device);

    /// <summary><c>cuDeviceGetName</c>.</summary>
    int Name(int device, out string name);

    /// <summary><c>cuDeviceTotalMem_v2</c>: bytes.</summary>
    int Memory(int device, out nuint bytes);

    /// <summary>
    /// <c>cuMemGetInfo_v2</c> in the device's primary context, which is libtorch's: bytes that are free. The driver answers for the context that is current on the calling
    /// thread, and libtorch leaves the first GPU's there whichever one it computes on.
    /// </summary>
    int FreeMemory(int device, out nuint bytes);

    /// <summary><c>cuDeviceGetAttribute</c>.</summary>
    int Attribute(int device, int attribute, out int value);
}
