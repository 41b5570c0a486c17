using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Export;
using DistributedFreeze.Errors;
using DistributedFreeze.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace DistributedFreeze.Cli.Serve;

/// <summary><c>dfreeze serve</c>: answers over HTTP what is on images, until it is asked to end.</summary>
internal sealed class ServeCommand(CommandConsole console)
{
    private readonly Argument<string> _model = new("MODEL") { Description = "A model that dfreeze export wrote, or the folder of a run that has one" };

    private readonly Option<string> _url = new("--url")
    {
        Description = "Where to listen; callers are not asked who they are",
        HelpName = "URL",
        DefaultValueFactory = _ => "http://127.0.0.1:8080",
    };

    private readonly Option<string> _batch = new("--batch") { Description = "Most images that are computed at once, 1 to 1024", HelpName = "N", DefaultValueFactory = _ => "16" };
    private readonly Option<string> _delay = new("--delay") { Description = "Milliseconds that an image waits at most for others, 0 to 1000", HelpName = "MS", DefaultValueFactory = _ => "2" };
    private readonly Option<string> _queue = new("--queue") { Description = "Most images that wait; later ones are asked to come again, 1 to 65536", HelpName = "N", DefaultValueFactory = _ => "64" };

    public Command Build()
    {
        var command = new Command("serve", "Answers over HTTP what is on images, by a model that dfreeze export wrote.") { _model, _url, _batch, _delay, _queue };
        command.SetAction(ServeAsync);
        return command;
    }

    private async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (url, path) = (Url(parsed.GetRequiredValue(_url)), ModelFile(parsed.GetRequiredValue(_model)));
        var batch = WholeNumber.Of(_batch, parsed, 1, 1_024);
        var delay = WholeNumber.Of(_delay, parsed, 0, 1_000);
        var queue = WholeNumber.Of(_queue, parsed, 1, 65_536);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "dfreeze-serve", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(line => (line.SingleLine, line.UseUtcTimestamp, line.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' "));
        builder.Logging.AddConsole(all => all.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter(typeof(ServedClassifier).FullName, LogLevel.Information);
        builder.WebHost.UseUrls(url.ToString()).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddClassifier(options =>
        {
            options.Model = path;
            (options.MaxBatch, options.MaxDelayMilliseconds, options.MaxQueue) = (batch, delay, queue);
        });
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(ServingMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "System.Runtime").AddPrometheusExporter());
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapClassifier();
        app.MapHealthChecks("/healthz");
        app.MapPrometheusScrapingEndpoint();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new InvalidInputException(_url.Name, $"{url} is taken by another program; another port would be right");
        }

        var bound = app.Urls.First().TrimEnd('/');
        var classes = app.Services.GetRequiredService<ServedClassifier>().Classes.Length;
        console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Serving {path} ({classes} classes) on {bound}; try: curl --data-binary @one.jpg {bound}/classify"));
        console.Output.Flush();
        await ((IHost)app).WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok; // being asked to end is how a server ends
    }

    private Uri Url(string given) =>
        Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url is { AbsolutePath: "/", Query: "" }
            ? url
            : throw new InvalidInputException(_url.Name, $"must be an address such as http://127.0.0.1:8080, got '{given}'; HTTPS is for a proxy in front");

    private static string ModelFile(string given)
    {
        if (!Directory.Exists(given))
        {
            return given;
        }

        var exported = Path.Combine(given, ExportFormat.Onnx.DefaultName);
        return File.Exists(exported)
            ? exported
            : throw new InvalidInputException(given, $"has no {ExportFormat.Onnx.DefaultName}; `dfreeze export {given}` writes one");
    }
}
