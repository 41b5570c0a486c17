namespace DistributedFreeze.Silo.Hosting;

/// <summary>A port for <c>/metrics</c> alone, where the settings name one: whoever reads metrics need not reach the API, and the other way round.</summary>
internal static class MetricsPort
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>Where the web server listens if nobody says so.</summary>
    private const string Default = "http://localhost:5000";

    /// <summary>Listens there too: on loopback where nothing else of HTTP is reached from elsewhere, else on all addresses. Before <see cref="FixedEndpoints"/>.</summary>
    public static void AddMetricsPort(this WebApplicationBuilder builder, SiloOptions options)
    {
        if (options.MetricsPort is not { } port)
        {
            return;
        }

        var urls = Exposure.BoundUrls(builder.Configuration).ToList();
        var metrics = $"http://{(urls.All(Exposure.IsLoopback) ? "127.0.0.1" : "*")}:{port}";
        if (builder.Configuration.GetSection(Endpoints).GetChildren().Any())
        {
            builder.Configuration[$"{Endpoints}:Metrics:Url"] = metrics; // where there are some, the web server listens at no other
        }
        else
        {
            builder.WebHost.UseUrls([.. urls.DefaultIfEmpty(Default), metrics]);
        }
    }

    /// <summary>Answers <c>/metrics</c> on that port alone, and nothing else there. Before everything that answers.</summary>
    public static void KeepMetricsApart(this IApplicationBuilder app, SiloOptions options)
    {
        if (options.MetricsPort is { } port)
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase) == (context.Connection.LocalPort == port))
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }
    }
}
