using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Runs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http.Document;

/// <summary>The OpenAPI document of the API: what linters ask for, and what generators need to make clients that work.</summary>
internal static class ApiDocument
{
    /// <summary>Name of the scheme of keys in a header of their own.</summary>
    public const string ApiKey = "apiKey";

    /// <summary>Name of the scheme of keys and tokens in <c>Authorization</c>.</summary>
    public const string Bearer = "bearer";

    private const string About =
        "Runs of transfer learning on a cluster: submitted, watched, paused, resumed and cancelled, and the files that they leave. Errors are problem+json (RFC 9457).";

    public static void AddApiDocument(this IServiceCollection services, ApiOptions options)
    {
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolver = RunJson.Compact.TypeInfoResolver!.WithAddedModifier(EventSchemas.TellApart));
        services.AddOpenApi("v1", document => Shape(document, options));
    }

    private static void Shape(OpenApiOptions document, ApiOptions options)
    {
        // HEAD is the same as GET, and under the same name; the dashboard's own requests are nobody else's business.
        document.ShouldInclude = operation => operation.HttpMethod != HttpMethods.Head && operation.RelativePath?.StartsWith("api/", StringComparison.Ordinal) is true;
        document.CreateSchemaReferenceId = type => type.Type == typeof(ClassWeightsValue)
            ? null // has no type, and would be a class by itself
            : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        document.AddSchemaTransformer(SpecSchema.Shape);
        document.AddSchemaTransformer(EventSchemas.Shape);
        document.AddOperationTransformer(OperationAnswers.Add);
        document.AddDocumentTransformer((about, _, _) => Introduce(about, options));
        document.AddDocumentTransformer(EventSchemas.DescribeStream);
        document.AddDocumentTransformer(RunFileSchemas.Add);
    }

    private static Task Introduce(OpenApiDocument about, ApiOptions options)
    {
        about.Info = new()
        {
            Title = "DistributedFreeze",
            Version = "v1",
            Description = About,
            Contact = new() { Name = "The DistributedFreeze authors" },
            License = new() { Name = "MIT", Identifier = "MIT" },
        };
        foreach (var server in about.Servers ?? [])
        {
            server.Url = server.Url?.TrimEnd('/');
        }

        about.Tags = new HashSet<OpenApiTag>(ApiTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }));
        about.AddComponent<IOpenApiSecurityScheme>(ApiKey, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = ApiKeys.Header,
            Description = "A key of the silo's settings (Api:Keys, Api:Callers).",
        });
        about.AddComponent<IOpenApiSecurityScheme>(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = options.Authority is null ? null : "JWT",
            Description = options.Authority is null
                ? "A key of the silo's settings (Api:Keys, Api:Callers)."
                : $"A token of {options.Authority} for {options.Audience}, or a key of the silo's settings.",
        });
        about.Security = [Requirement(ApiKey), Requirement(Bearer)];
        if (!options.AsksWho)
        {
            about.Security.Insert(0, []); // nobody is asked; a client that shows a key is let in as well
        }

        return Task.CompletedTask;

        OpenApiSecurityRequirement Requirement(string scheme) => new() { [new OpenApiSecuritySchemeReference(scheme, about)] = [] };
    }
}
