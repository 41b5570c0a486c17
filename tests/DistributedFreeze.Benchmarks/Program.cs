using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Benchmarks;
using DistributedFreeze.Benchmarks.Advice;
using DistributedFreeze.Benchmarks.Checks;
using DistributedFreeze.Benchmarks.Decoding;
using DistributedFreeze.Benchmarks.Defaults;
using DistributedFreeze.Benchmarks.Exchange;
using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Benchmarks.Gpu;
using DistributedFreeze.Benchmarks.Scale;
using DistributedFreeze.Benchmarks.Serving;
using DistributedFreeze.Benchmarks.Shards;
using DistributedFreeze.Benchmarks.Storage;
using DistributedFreeze.Benchmarks.Sweeps;
using DistributedFreeze.Training.Native;
using Spectre.Console;
using TorchSharp;

// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- freeze [--json] [--rounds N]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- exchange [--json] [--rounds N]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- shards [--json] [--rounds N]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- gpu [--parts prefix,steps,epochs,determinism] [--precisions fp32,tf32,bf16] [--rounds N] [--python FILE]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- scale [--epochs 100,1000] [--queues 100] [--watchers 1,50] [--devices 1,1000] [--classes 1000] [--silo DLL]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- defaults --folder DIR --weights FILE --photographs DIR
//     [--sets trashnet,textures,shapes,letters] [--trains head,last10,conv5] [--recipes old,new,new/batch=32] [--seeds N] [--replicas N] [--timed]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- advice --folder DIR --weights FILE --photographs DIR
//     [--sets trashnet,textures,shapes,letters] [--seeds N] [--folds none,5] [--replicas N]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- checks --weights FILE --photographs DIR
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- decode --photographs DIR [--rounds N] [--python FILE]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- storage [--rounds N] [--folder DIR]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- sweep --dfreeze FILE --photographs DIR --weights FILE [--rounds N]
// dotnet run -c Release --project tests/DistributedFreeze.Benchmarks -- serve --model FILE --image FILE [--rounds N]
int? asked = Array.IndexOf(args, "--rounds") is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : null;
string Given(string option) => args[Array.IndexOf(args, option) + 1];
switch (args.FirstOrDefault())
{
    case ExchangeHostProcess.Command:
        await ExchangeHostProcess.RunAsync(int.Parse(args[1], CultureInfo.InvariantCulture), nearby: !args.Contains(ExchangeHostProcess.OverTcp));
        return 0;
    case StorageProcess.Command:
        StorageProcess.Run(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture));
        return 0;
    case "storage":
        var place = Array.IndexOf(args, "--folder") is >= 0 and var named ? args[named + 1] : Path.GetTempPath();
        AnsiConsole.Profile.Width = 200;
        AnsiConsole.Write(StorageBenchmark.Faults(place));
        AnsiConsole.Write(StorageBenchmark.Speeds(asked ?? 5, place, Console.Error.WriteLine));
        return 0;
    case "sweep":
        AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(await new SweepBenchmark(Given("--dfreeze"), Given("--photographs"), Given("--weights"), Console.Error.WriteLine).RunAsync(asked ?? 3));
        return 0;
    case "decode":
        AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(DecodeBenchmark.Run(Given("--photographs"), args.Contains("--python") ? Given("--python") : null, asked ?? 5, Console.Error.WriteLine));
        return 0;
    case "serve":
        AnsiConsole.Write(await ServingBenchmark.RunAsync(Given("--model"), Given("--image"), seconds: 5, asked ?? 3));
        return 0;
    case "scale":
        await ScaleBenchmark.RunAsync(ScaleOptions.Of(args), Console.Error.WriteLine);
        return 0;
    case "exchange":
        var times = ExchangeBenchmark.Run(asked ?? ExchangeBenchmark.DefaultRounds, Console.Error.WriteLine);
        if (args.Contains("--json"))
        {
            Console.WriteLine(ExchangeReport.Json(times));
        }
        else
        {
            AnsiConsole.Write(ExchangeReport.Table(times));
        }

        return 0;
}

LibTorch.EnsureLoaded();
torch.set_num_threads(1);
IReadOnlyList<Ratio> rows;
switch (args.FirstOrDefault())
{
    case "defaults":
        AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(DefaultsBenchmark.Table(await new DefaultsBenchmark(DefaultsOptions.Of(args), Console.Error.WriteLine).RunAsync()));
        return 0;
    case "advice":
        AnsiConsole.Profile.Width = 200;
        ImmutableArray<int?> folds = [.. (Array.IndexOf(args, "--folds") is >= 0 and var dealt ? args[dealt + 1] : "none").Split(',').Select(text => text == "none" ? (int?)null : int.Parse(text, CultureInfo.InvariantCulture))];
        var (advised, candidates) = await new AdviceBenchmark(DefaultsOptions.Of(args), folds, Console.Error.WriteLine).RunAsync();
        AnsiConsole.Write(advised);
        AnsiConsole.Write(candidates);
        return 0;
    case "gpu":
        AnsiConsole.Profile.Width = 160;
        new GpuBenchmark(GpuOptions.Of(args), Console.Error.WriteLine).Run(AnsiConsole.Console);
        return 0;
    case GpuWorker.Command:
        await GpuWorker.RunAsync(GpuOptions.Of(args), args[1], args[2]);
        return 0;
    case "checks":
        AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(ChecksBenchmark.Run(args[Array.IndexOf(args, "--photographs") + 1], args[Array.IndexOf(args, "--weights") + 1]));
        return 0;
    case "shards":
        var side = Array.IndexOf(args, "--size") is >= 0 and var size ? int.Parse(args[size + 1], CultureInfo.InvariantCulture) : 224;
        var speeds = await ShardsBenchmark.RunAsync(asked ?? ShardsBenchmark.DefaultRounds, side, Console.Error.WriteLine);
        if (args.Contains("--json"))
        {
            Console.WriteLine(ShardsReport.Json(speeds));
        }
        else
        {
            AnsiConsole.Write(ShardsReport.Table(speeds));
        }

        return 0;
    case "freeze":
        rows = await FreezeBenchmark.RunAsync(asked ?? 5, Console.Error.WriteLine);
        break;
    default:
        Console.Error.WriteLine("usage: DistributedFreeze.Benchmarks freeze|exchange|shards|gpu|scale|defaults|advice|checks|storage [--json] [--rounds N] [--size PIXELS]");
        return 2;
}

if (args.Contains("--json"))
{
    Console.WriteLine(JsonSerializer.Serialize(
        new { rows = rows.Select(row => new { name = row.Name, boundary = row.Boundary, ratio = row.Value, min = row.Min, max = row.Max }) }));
    return 0;
}

var table = new Table().AddColumns("ours against", "boundary", "ratio", "min", "max");
foreach (var row in rows)
{
    table.AddRow(row.Name, row.Boundary, Number(row.Value), Number(row.Min), Number(row.Max));
}

AnsiConsole.Write(table);
return 0;

static string Number(double value) => value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture) + "x";
