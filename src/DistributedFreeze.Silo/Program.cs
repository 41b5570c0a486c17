using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Silo.Hosting;
using OpenTelemetry.Metrics;

var builder = WebApplication.CreateBuilder(args);
builder.UseOrleans(silo => silo.UseLocalCluster(siloPort: 11111, gatewayPort: 30000));
builder.Services.AddHealthChecks();
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
    .AddMeter(GrainServices.MeterName, "Microsoft.Orleans")
    .AddPrometheusExporter());

var app = builder.Build();
app.MapHealthChecks("/healthz");
app.MapPrometheusScrapingEndpoint("/metrics");
await app.RunAsync();
