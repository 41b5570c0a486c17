namespace DistributedFreeze.Freezing.Estimates;

/// <summary>What one phase works, with its features kept and without.</summary>
/// <remarks>Pure.</remarks>
internal sealed class PhaseWork
{
    /// <summary>A backward pass costs about twice a forward pass.</summary>
    private const double TailPasses = 3;

    /// <summary>Bytes per second at which a record is read from memory, its checksum included; an assumption on the safe side.</summary>
    private const double MemoryRate = 2e9;

    private readonly RunLoad _run;
    private readonly PhaseLoad _phase;
    private readonly MeasuredRates _rates;
    private readonly PhaseRates _own;
    private readonly int _index;
    private readonly int _views;
    private readonly int _replicas;

    public PhaseWork(MeasuredRates rates, RunLoad run, int index, int replicas)
    {
        (_run, _rates, _index, _replicas) = (run, rates, index, replicas);
        (_phase, _own) = (run.Phases[index], rates.Phases[index]);
        _views = run.ViewsOf(index).Count;
    }

    /// <summary>Images met in an epoch again.</summary>
    private int Returning => (_views > 0 ? _run.TrainImages : 0) + _run.ValidationImages;

    /// <summary>Records of the phase when all are kept.</summary>
    public long Records => _run.Records(_index);

    public long Bytes => (Records + Tests) * _phase.RecordBytes;

    private int Tests => _run.TestsOf(_index);

    public Work EpochWithoutCache => Compute(_run.TrainImages) + Compute(_run.ValidationImages) + Tail;

    public Work EpochWithCache => Compute(_run.TrainImages + _run.ValidationImages - Returning) + Returning * Read + Tail;

    /// <summary>Records that are neither stored nor given by an earlier phase.</summary>
    /// <param name="givenBy">The earlier phase whose pass gives them; null for none.</param>
    public long Missing(int? givenBy)
    {
        var views = _run.ViewsOf(_index);
        if (givenBy is { } earlier)
        {
            views.ExceptWith(_run.ViewsOf(earlier));
        }

        var wanted = (long)views.Count * _run.TrainImages + (givenBy is null ? _run.ValidationImages : 0);
        return Math.Max(0, wanted - _phase.Stored);
    }

    /// <summary>Computes and keeps what is missing, with what the same pass gives to later phases.</summary>
    public Work Fill(int? givenBy, long bytesPerImage) =>
        Compute(Missing(givenBy)) + Missing(givenBy) * new Work(0, 0, bytesPerImage / WriteRate);

    /// <summary>The first epoch.</summary>
    /// <param name="keeps">Whether features are kept.</param>
    /// <param name="givenBy">The earlier phase whose pass gives them; null for none.</param>
    /// <param name="bytesPerImage">What keeping writes.</param>
    public Work FirstEpoch(bool keeps, int? givenBy, long bytesPerImage)
    {
        var images = _run.TrainImages + _run.ValidationImages;
        var computed = keeps ? images - Returning + Math.Min(Missing(givenBy), Returning) : images;
        return Compute(computed) + (images - computed) * Read + Tail + computed * new Work(0, 0, keeps ? bytesPerImage / WriteRate : 0);
    }

    public Work PhaseWithoutCache => _phase.Epochs * EpochWithoutCache;

    /// <summary>What is computed for the first time need not be read then.</summary>
    public Work PhaseWithCache(int? givenBy, long bytesPerImage) =>
        _phase.Epochs * EpochWithCache + Fill(givenBy, bytesPerImage) + -Missing(givenBy) * Read;

    /// <summary>The test after the last phase, whose features are kept like any others.</summary>
    public Work Test(bool keeps, long bytesPerImage)
    {
        var stored = keeps ? Math.Min(Tests, _phase.StoredTests) : 0;
        var written = new Work(0, 0, keeps ? bytesPerImage / WriteRate : 0);
        return Compute(Tests - stored) + (Tests - stored) * written + stored * Read + Tests * new Work(0, 0, 1 / (TailPasses * _own.Tail));
    }

    private double WriteRate => _run.DiskBytes > 0 && _rates.Disk is { } disk ? disk : MemoryRate;

    /// <summary>Every replica fills whole blocks with its share of the images.</summary>
    private Work Compute(long images)
    {
        var perRound = (long)_run.BlockSize * _replicas;
        var padded = (images + perRound - 1) / perRound * perRound;
        return new(_run.HasPixels ? 0 : images / _rates.Decode, _own.Prefix is { } prefix ? padded / prefix : 0, 0);
    }

    private Work Read
    {
        get
        {
            var inMemory = _rates.Disk is null ? 1 : Math.Min(1, (double)_run.MemoryBytes / Math.Max(1, Bytes));
            return new(0, 0, _phase.RecordBytes * (inMemory / MemoryRate + (inMemory < 1 ? (1 - inMemory) / _rates.Disk!.Value : 0)));
        }
    }

    private Work Tail => new(
        0, 0, (_run.TrainImages + _run.ValidationImages / TailPasses) / _own.Tail, _run.StepsPerEpoch * _own.StepSeconds);
}
