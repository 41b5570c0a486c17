using System.Collections.Immutable;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Paths;

/// <summary>Where the runs of a silo may read and write.</summary>
/// <remarks>
/// Immutable and thread-safe. Links and <c>..</c> are followed before a path is judged, and the run gets the path that was judged. That is judged again
/// whenever it is used, and then no link is followed. Links inside a data folder are followed when its images are read: who can write below a root is
/// trusted with what they point to.
/// </remarks>
public sealed class PathRoots
{
    private const int MostLinks = 40;

    private readonly ImmutableArray<string> _data;
    private readonly ImmutableArray<string> _output;
    private readonly RunOwner? _owner;

    /// <param name="data">Folders under which data and weights lie; none allows every path.</param>
    /// <param name="output">Folders under which output and kept features lie; none allows every path.</param>
    public PathRoots(IEnumerable<string> data, IEnumerable<string> output)
    {
        _data = [.. data.Select(Path.GetFullPath)];
        _output = [.. output.Select(Path.GetFullPath)];
    }

    private PathRoots(PathRoots all, RunOwner? owner) => (_data, _output, _owner) = (all._data, all._output, owner);

    /// <summary>Allows every path.</summary>
    public static PathRoots Anywhere { get; } = new([], []);

    /// <summary>Whether output has roots: its paths have no links then.</summary>
    public bool BindsOutput => !_output.IsEmpty;

    /// <summary>Has every file below the roots asked where it lies as it is opened, in this process: a link could appear between the judgement of a path and its use.</summary>
    public void WatchFiles() => RootedFiles.Add(_data.Concat(_output).Select(RealOrFull));

    /// <summary>What of the roots the runs of a caller may use.</summary>
    /// <param name="owner">The caller; null for one who was not asked, and may use all.</param>
    public PathRoots Of(RunOwner? owner) => new(this, owner);

    /// <summary>The spec with full paths, relative ones counted from the first root, or from the first of the owner's folders.</summary>
    /// <exception cref="InvalidInputException">A path leaves the roots, or is relative where there is no root.</exception>
    public RunSpec Resolve(RunSpec spec)
    {
        var problems = new List<Problem>();
        var resolved = spec with
        {
            Data = spec.Data with { Path = Resolve("data.path", spec.Data.Path, Data, problems) },
            Model = spec.Model with
            {
                Weights = spec.Model.Weights is { } weights ? Resolve("model.weights", weights, Data, problems) : null,
                Base = spec.Model.Base is { } onnx ? Resolve("model.base", onnx, Data, problems) : null,
            },
            From = spec.From is { } parent ? Resolve("from", parent, Parents(parent), problems) : null,
            Features = spec.Features.Directory is { } directory
                ? spec.Features with { Directory = Resolve("features.directory", directory, Output, problems) }
                : spec.Features,
            Output = Resolve("output", spec.Output, Output, problems),
        };
        return problems.Count == 0 ? resolved : throw new InvalidInputException(problems);
    }

    /// <summary>Makes sure that a run's paths still lead where they led when it was submitted: a link may have taken a folder's place since.</summary>
    /// <param name="spec">The run, with the paths that <see cref="Resolve(RunSpec)"/> gave.</param>
    /// <exception cref="InvalidInputException">One leads elsewhere now, or out of the roots; it holds all problems.</exception>
    public void RequireUnmoved(RunSpec spec)
    {
        (string Field, string? Path, Allowed Allowed)[] paths =
        [
            ("data.path", spec.Data.Path, Data), ("model.weights", spec.Model.Weights, Data), ("model.base", spec.Model.Base, Data), .. spec.From is { } parent ? FilesOf(parent) : [],
            ("features.directory", spec.Features.Directory, Output), ("output", spec.Output, Output),
        ];
        var moved = paths.Where(path => path.Path is not null && path.Allowed.IsMoved(path.Path))
            .Select(path => new Problem(path.Field, Moved(path.Path!))).ToList();
        if (moved.Count > 0)
        {
            throw new InvalidInputException(moved);
        }
    }

    /// <summary>Makes sure of the same for a file of a run's output folder.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It leads elsewhere, or out of the roots.</exception>
    public void RequireUnmovedOutput(string path)
    {
        if (IsOutputMoved(path))
        {
            throw new InvalidInputException("output", Moved(path));
        }
    }

    /// <summary>Whether a path of a run's output leads elsewhere now, or out of the roots.</summary>
    /// <param name="path">The path that <see cref="Resolve(RunSpec)"/> gave, or one below it.</param>
    public bool IsOutputMoved(string path) => Output.IsMoved(path);

    /// <summary>Whether a run may start from the one that lies in a folder.</summary>
    /// <param name="folder">A full path.</param>
    internal bool MayStartFrom(string folder) => Parents(folder).Allows(folder);

    /// <summary>What is read of a run that another one starts from; that the folder itself is no link follows.</summary>
    private IEnumerable<(string Field, string? Path, Allowed Allowed)> FilesOf(string parent)
    {
        var files = new OutputFolder(parent);
        return [("from", files.Receipt, Parents(parent)), ("from", files.Model, Parents(parent))];
    }

    /// <summary>A run that another one starts from lies where runs write, or was put where data and weights lie. Output without roots allows no reading.</summary>
    private Allowed Parents(string path) => BindsOutput && Output.Allows(path) ? Output : Data;

    private static string Moved(string path) => $"leads elsewhere by now: {path} is no plain path below the silo's roots any more; nothing is read or written there";

    private Allowed Data => new(_data, _owner?.DataFolders ?? []);

    private Allowed Output => new(_output, _owner?.OutputFolders ?? []);

    private static string Resolve(string field, string path, Allowed allowed, List<Problem> problems)
    {
        try
        {
            return allowed.Resolve(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add(new(field, refused.Message.ReplaceLineEndings(" ")));
            return path;
        }
    }

    private static bool IsWithin(string root, string path) =>
        path == root || path.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>One name for a folder, whatever links lead to it.</summary>
    internal static string RealOrFull(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            return Real(full);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return full;
        }
    }

    /// <summary>The path with every link in it followed and every <c>..</c> taken after that, as the system would.</summary>
    /// <exception cref="IOException">There are too many of them.</exception>
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(Names(path[real.Length..]));
        for (var links = 0; rest.TryPop(out var name);)
        {
            if (name is "." or "..")
            {
                real = name == "." ? real : Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new IOException($"has too many links, at '{next}'");
            }

            if (Path.IsPathRooted(target))
            {
                real = Path.GetPathRoot(target)!;
                target = target[real.Length..];
            }

            foreach (var step in Names(target))
            {
                rest.Push(step);
            }
        }

        return real;
    }

    /// <summary>The names of a path, last first.</summary>
    private static IEnumerable<string> Names(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Reverse();

    /// <summary>Roots, or an owner's folders below them. Such a folder that is a link allows nothing: where it leads is not the owner's.</summary>
    private readonly record struct Allowed(ImmutableArray<string> Roots, ImmutableArray<string> Folders)
    {
        private IEnumerable<string> Places
        {
            get
            {
                var folders = Folders;
                return folders.IsEmpty ? Roots : Roots.SelectMany(root => folders.Select(folder => Path.Combine(root, folder)));
            }
        }

        /// <summary>Whether a path that was allowed is none that leads there without a link.</summary>
        public bool IsMoved(string path)
        {
            try
            {
                return !Roots.IsEmpty && Resolve(path) != path;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return true;
            }
        }

        /// <summary>Whether a path leads to where it may.</summary>
        public bool Allows(string path)
        {
            try
            {
                Resolve(path);
                return true;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return false;
            }
        }

        /// <exception cref="IOException">The path is not allowed, or has too many links.</exception>
        public string Resolve(string path)
        {
            if (Roots.IsEmpty)
            {
                return Path.IsPathFullyQualified(path) ? Path.GetFullPath(path) : throw new IOException("must be a full path: it is the silo's");
            }

            var real = Real(Path.Combine(Places.First(), path));
            foreach (var root in Roots)
            {
                var realRoot = Real(root);
                if (Folders.IsEmpty ? IsWithin(realRoot, real) : Folders.Any(folder => IsWithin(Path.TrimEndingDirectorySeparator(Path.Combine(realRoot, folder)), real)))
                {
                    RootedFiles.Add([realRoot]); // a root that is a link may lead elsewhere than when the silo started
                    return real;
                }
            }

            throw new IOException($"must lie under {string.Join(" or ", Places)} on the silo, and '{path}' does not");
        }
    }
}
