using System.Net.Mime;

namespace DistributedFreeze.Silo.Http;

/// <summary>Compresses JSON for those who ask for it. Nothing secret is in it, so that its length tells nothing over TLS either.</summary>
internal static class ApiCompression
{
    public static void AddApiCompression(this IServiceCollection services) => services.AddResponseCompression(compression =>
    {
        compression.EnableForHttps = true;
        compression.MimeTypes = [MediaTypeNames.Application.Json, MediaTypeNames.Application.ProblemJson];
    });

    /// <remarks>Files are read in ranges of what they are, and by its checksum.</remarks>
    public static void UseApiCompression(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path is var path && path.StartsWithSegments("/api") && !path.Value!.Contains("/artefacts/", StringComparison.Ordinal),
        api => api.UseResponseCompression());
}
