using System.Text;
using System.Text.Json;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;
using Microsoft.AspNetCore.Http;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>The body of <c>POST /api/v1/runs</c>: JSON, or YAML where its first byte is no brace.</summary>
internal sealed class RunJsonTarget(string folder) : FuzzTarget(folder)
{
    public override string Name => "run-json";

    public override int Inputs => 5_000;

    public override bool IsText => true;

    public override IEnumerable<byte[]> Seeds() => RunSeeds.Specs.Select(spec => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(spec, RunJson.Compact)));

    public override IEnumerable<byte[]> Words() => JsonWords.All.Concat(RunFields.All.Select(field => Encoding.UTF8.GetBytes($"\"{field.Json[(field.Json.LastIndexOf('.') + 1)..]}\":")));

    public override bool Documents(Exception exception) => base.Documents(exception) || exception is BadHttpRequestException;

    public override void Read(byte[] input)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = input is [(byte)'{', ..] ? "application/json" : "application/yaml";
        request.Body = new MemoryStream(input);
        var spec = RunBody.ReadAsync(request, CancellationToken.None).GetAwaiter().GetResult();
        RunSpecValidator.EnsureValid(spec);
        _ = RunSpecKey.Of(spec);
    }
}
