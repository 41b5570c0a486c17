using System.Net.Mime;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What <c>/readyz</c> answers: a line for each check, or JSON to those who accept nothing else.</summary>
internal static class ReadyAnswer
{
    public static HealthCheckOptions Options { get; } = new() { Predicate = check => check.Tags.Contains(ReadyChecks.Tag), ResponseWriter = WriteAsync };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        if (context.Request.GetTypedHeaders().Accept.Any(type => type.MatchesMediaType(MediaTypeNames.Application.Json) && type.MediaType != "*/*"))
        {
            return context.Response.WriteAsJsonAsync(new
            {
                Status = report.Status.ToString(),
                Checks = report.Entries.ToDictionary(
                    entry => entry.Key, entry => new { Status = entry.Value.Status.ToString(), entry.Value.Description }),
            });
        }

        context.Response.ContentType = MediaTypeNames.Text.Plain;
        return context.Response.WriteAsync(string.Join('\n', report.Entries
            .Select(entry => $"{entry.Key}: {entry.Value.Description}").Prepend(report.Status.ToString())));
    }
}
