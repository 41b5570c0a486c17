using System.Net.Mime;
using System.Text.Json;
using DistributedFreeze.Runs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http.Document;

/// <summary>The schema of a run that is sent as YAML: a run file's names, with underscores, where JSON has camel case.</summary>
internal static class RunFileSchemas
{
    private const string Prefix = "RunFile";
    private const string Suffix = "Spec";

    public static Task Add(OpenApiDocument document, OpenApiDocumentTransformerContext about, CancellationToken cancellationToken)
    {
        var yaml = document.Paths.SelectMany(path => path.Value.Operations ?? [])
            .SelectMany(operation => operation.Value.RequestBody?.Content?.Where(content => content.Key == MediaTypeNames.Application.Yaml) ?? [])
            .Select(content => content.Value);
        foreach (var content in yaml)
        {
            content.Schema = OfFile(new OpenApiSchemaReference(nameof(RunSpec), document), document);
        }

        return Task.CompletedTask;
    }

    /// <summary>A schema as a run file has it: the same one where no field has another name in it.</summary>
    private static IOpenApiSchema OfFile(IOpenApiSchema schema, OpenApiDocument document)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            // Only the records of a run have fields; enumerations and the like are written alike everywhere.
            var schemas = document.Components!.Schemas!;
            if (!id.EndsWith(Suffix, StringComparison.Ordinal) || schemas[id] is not OpenApiSchema target)
            {
                return schema;
            }

            var name = id == nameof(RunSpec) ? Prefix : $"{Prefix}{id[..^Suffix.Length]}";
            if (!schemas.ContainsKey(name))
            {
                var file = OfFile(target, document);
                AddShortForms(file, id, document);
                document.AddComponent<IOpenApiSchema>(name, file);
            }

            return new OpenApiSchemaReference(name, document);
        }

        return OfFile((OpenApiSchema)schema, document);
    }

    private static OpenApiSchema OfFile(OpenApiSchema schema, OpenApiDocument document)
    {
        var copy = (OpenApiSchema)schema.CreateShallowCopy();
        copy.Metadata = null; // has the name of the schema that it is a copy of
        copy.Items = copy.Items is null ? null : OfFile(copy.Items, document);
        copy.OneOf = copy.OneOf?.Select(one => OfFile(one, document)).ToList();
        copy.Properties = copy.Properties?.ToDictionary(
            property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Key), property => OfFile(property.Value, document), StringComparer.Ordinal);
        copy.Required = copy.Required?.Select(JsonNamingPolicy.SnakeCaseLower.ConvertName).ToHashSet(StringComparer.Ordinal);
        return copy;
    }

    /// <summary>What a run file may say in short, and JSON may not.</summary>
    private static void AddShortForms(OpenApiSchema file, string id, OpenApiDocument document)
    {
        if (id == nameof(PhaseSpec))
        {
            file.Properties!["learning_rate"] = new OpenApiSchema { Type = JsonSchemaType.Number, Description = "Stands for optimizer.learning_rate." };
            Either("optimizer", nameof(OptimizerKind));
            Either("schedule", nameof(ScheduleKind));
        }
        else if (id == nameof(FeatureSpec))
        {
            foreach (var size in (string[])["memory", "disk"])
            {
                file.Properties![size] = new OpenApiSchema
                {
                    Description = file.Properties[size].Description,
                    AnyOf = [new OpenApiSchema { Type = JsonSchemaType.Integer }, new OpenApiSchema { Type = JsonSchemaType.String, Description = "With a unit, such as 4GiB." }],
                };
            }
        }

        void Either(string field, string kind) => file.Properties![field] = new OpenApiSchema
        {
            AnyOf = [new OpenApiSchemaReference(kind, document), file.Properties[field]],
        };
    }
}
