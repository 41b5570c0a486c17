using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>Calls of MLflow's REST API 2.0, one request each: nothing is tried again here. Thread-safe.</summary>
/// <remarks>https://mlflow.org/docs/latest/rest-api.html</remarks>
internal sealed class MlflowApi : IDisposable
{
    private const int LongestMessage = 200;

    private readonly HttpClient _http;

    /// <param name="target">The server.</param>
    /// <param name="patience">How long a request may take.</param>
    public MlflowApi(MlflowTarget target, TimeSpan patience)
    {
        // A redirect would show the token elsewhere, and turn a call that writes into one that reads.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = patience };
        _http = new(handler) { BaseAddress = new(target.Address, "api/2.0/mlflow/"), Timeout = patience, MaxResponseContentBufferSize = 8 << 20 };
        _http.DefaultRequestHeaders.Authorization = target.Authorization;
    }

    /// <summary>A call that reads.</summary>
    /// <param name="path">Such as <c>experiments/get-by-name?experiment_name=x</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MlflowException">It did not succeed, or nobody knows.</exception>
    public Task<JsonObject> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Any other call.</summary>
    /// <param name="path">Such as <c>runs/create</c>.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MlflowException">It did not succeed, or nobody knows.</exception>
    public Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, body, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken)); // as JSON is, whatever character set the answer names
            return response.IsSuccessStatusCode ? Parse(text) : throw Refused(response.StatusCode, text);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MlflowException("it does not answer in time", "", isPassing: true, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new MlflowException(e.Message.TrimEnd('.'), "", isPassing: true, e);
        }
    }

    private static MlflowException Refused(HttpStatusCode status, string text)
    {
        var answer = Answer(text);
        var (code, message) = (Line(answer?["error_code"]), Line(answer?["message"]));
        var isPassing = (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;
        return new($"it answers {(int)status}{(code.Length > 0 ? $" {code}" : "")}{(message.Length > 0 ? $": {message}" : "")}", code, isPassing);
    }

    private static JsonObject Parse(string text) =>
        Answer(text) ?? throw new MlflowException("its answer is no JSON object, so it is no tracking server of MLflow's", "", isPassing: false);

    private static JsonObject? Answer(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text of an answer as part of a line.</summary>
    private static string Line(JsonNode? node)
    {
        var text = Text(node).ReplaceLineEndings(" ");
        return text.Length > LongestMessage ? $"{text[..LongestMessage]}..." : text;
    }

    /// <summary>A text of an answer; empty where it is none.</summary>
    public static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
