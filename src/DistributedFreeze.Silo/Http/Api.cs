using System.Text.Json.Serialization;
using DistributedFreeze.Runs;
using Orleans.Dashboard;

namespace DistributedFreeze.Silo.Http;

/// <summary>The API under <c>/api/v1</c> for those without .NET, and the dashboard.</summary>
internal static class Api
{
    private const string Root = "/api/v1";

    public static void AddApi(this WebApplicationBuilder builder, ApiOptions options)
    {
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = options.LongestRequest);
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ApiProblems>();
        builder.Services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in RunJson.Compact.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }

            json.SerializerOptions.TypeInfoResolver = RunJson.Compact.TypeInfoResolver;
            json.SerializerOptions.Encoder = RunJson.Readable;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.AddApiAccess(options);
        builder.Services.AddApiLimits(options);
        builder.Services.AddCrossOrigin(options);
        builder.Services.AddApiCompression();
    }

    public static void UseApi(this WebApplication app, ApiOptions options, bool dashboard, bool wantsOurNames)
    {
        app.AuditChanges();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.RefuseCrossOrigin(options, wantsOurNames);
        app.AllowCrossOrigin(options);
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.AnswerOptions();
        app.UseApiCompression();
        if (options.Enabled)
        {
            var api = app.MapGroup(Root).AskWho(options);
            api.AnswerHead();
            api.MapRuns();
            api.MapPlans();
            EventStreamEndpoint.Map(api);
            api.MapArtefacts();
            api.MapDevices();
            app.MapOpenApi($"{Root}/openapi.json").AnswerHead(); // it says how to ask, and nothing of who does
        }

        if (dashboard)
        {
            app.MapOrleansDashboard("/dashboard").AskForAdmin(options);
        }
    }
}
