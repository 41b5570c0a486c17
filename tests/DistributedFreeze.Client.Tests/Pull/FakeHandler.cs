using System.Net;

namespace DistributedFreeze.Client.Tests.Pull;

/// <summary>Answers in the network's place, so that also addresses of others can be asked.</summary>
internal sealed class FakeHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public List<Uri> Asked { get; } = [];

    public static FakeHandler Of(Func<Uri, HttpResponseMessage> answer) => new((request, _) => Task.FromResult(answer(request.RequestUri!)));

    public static HttpResponseMessage Redirect(string to, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new(to) } };
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked.Add(request.RequestUri!);
        return answer(request, cancellationToken);
    }
}
