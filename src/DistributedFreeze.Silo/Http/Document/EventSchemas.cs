using System.Collections.Immutable;
using System.Net.Mime;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Runs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http.Document;

/// <summary>What the stream of events is made of: one schema for each kind, told apart by <c>event</c>.</summary>
internal static class EventSchemas
{
    /// <summary>The field of an event that has its kind.</summary>
    private const string Kind = "event";

    private static readonly ImmutableArray<Type> Kinds =
        [.. typeof(RunEvent).GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(typeof(RunEvent)))];

    /// <summary>Lets the document's generator know the kinds; <see cref="ApiJson.Of"/> writes them.</summary>
    public static void TellApart(JsonTypeInfo type)
    {
        if (type.Type != typeof(RunEvent))
        {
            return;
        }

        type.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = Kind };
        foreach (var kind in Kinds)
        {
            type.PolymorphismOptions.DerivedTypes.Add(new(kind, ApiJson.KindOf(kind)));
        }
    }

    public static Task Shape(OpenApiSchema schema, OpenApiSchemaTransformerContext about, CancellationToken cancellationToken)
    {
        if (about.JsonTypeInfo.Type.IsSubclassOf(typeof(RunEvent)))
        {
            schema.Type = JsonSchemaType.Object;
            schema.Required = new HashSet<string>(schema.Required ?? new HashSet<string>(), StringComparer.Ordinal) { Kind };
        }

        return Task.CompletedTask;
    }

    /// <summary>Says what a stream is: text, in which each event's data is JSON.</summary>
    /// <remarks>
    /// Were it an event, generated clients would wait for its end and parse the whole. As a binary one they hand it over as it comes, and what is in it
    /// stands beside that as JSON Schema has it for text that holds JSON (contentMediaType, contentSchema).
    /// </remarks>
    public static Task DescribeStream(OpenApiDocument document, OpenApiDocumentTransformerContext about, CancellationToken cancellationToken)
    {
        var any = (OpenApiSchema)document.Components!.Schemas![nameof(RunEvent)];
        (any.OneOf, any.AnyOf) = (any.AnyOf, null); // it is always exactly one
        var contents = document.Paths.SelectMany(path => path.Value.Operations ?? [])
            .SelectMany(operation => operation.Value.Responses ?? [])
            .SelectMany(response => response.Value.Content?.Where(content => content.Key == EventFrame.StreamType) ?? [])
            .Select(content => content.Value);
        foreach (var content in contents)
        {
            content.Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = "binary",
                Description = "Server-sent events. Each has its number as id, its kind as event, and a RunEvent as data.",
                ContentMediaType = MediaTypeNames.Application.Json,
                ContentSchema = content.Schema,
            };
        }

        return Task.CompletedTask;
    }
}
