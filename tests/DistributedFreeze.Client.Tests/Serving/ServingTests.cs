using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Serving;
using Microsoft.AspNetCore.Builder;
using SkiaSharp;

namespace DistributedFreeze.Client.Tests.Serving;

/// <summary>A model over HTTP.</summary>
public sealed class ServingTests
{
    private static readonly byte[] Red = ServedModel.Image(SKColors.Red);
    private static readonly byte[] Green = ServedModel.Image(SKColors.Lime);
    private static readonly byte[] Blue = ServedModel.Image(SKColors.Blue);

    [Fact]
    public async Task AnImage_IsAnsweredAsTheClassifierSays_MostProbableFirst()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();
        using var classifier = ImageClassifier.Open(model.Path);
        var file = Path.Combine(model.Folder, "blue.png");
        await File.WriteAllBytesAsync(file, Blue, TestContext.Current.CancellationToken);

        var answer = await PostAsync(http, "/classify", Blue);

        using var fromCurl = new ByteArrayContent(Blue) { Headers = { ContentType = new("application/x-www-form-urlencoded") } };
        using var toCurl = await http.PostAsync("/classify", fromCurl, TestContext.Current.CancellationToken);
        Assert.Equal(answer.ToString(), await toCurl.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("redgreenblue", answer.GetProperty("modelSha256").GetString());
        var predictions = answer.GetProperty("predictions").EnumerateArray().Select(one => (one.GetProperty("class").GetString(), one.GetProperty("probability").GetSingle())).ToList();
        Assert.Equal(["blue", "red", "green"], predictions.Select(one => one.Item1));
        Assert.Equal(classifier.Classify(file)[2], predictions[0].Item2);
    }

    [Fact]
    public async Task Top_LeavesOutLessProbableClasses()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();

        Assert.Equal("green", Assert.Single((await PostAsync(http, "/classify?top=1", Green)).GetProperty("predictions").EnumerateArray()).GetProperty("class").GetString());
        Assert.Equal("?top must be a whole number from 1, got '0'", await RefusalAsync(http, HttpStatusCode.BadRequest, Green, "/classify?top=0"));
    }

    [Fact]
    public async Task AForm_IsAnsweredFileByFile_WhateverIsWrongWithOneOfThem()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Red), "file", "one.png" },
            { new ByteArrayContent(Green[..60]), "file", "two.png" },
            { new ByteArrayContent(Blue), "file", "three.png" },
        };

        using var response = await http.PostAsync("/classify?top=1", form, TestContext.Current.CancellationToken);

        var images = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("images").EnumerateArray().ToList();
        Assert.Equal(["one.png", "two.png", "three.png"], images.Select(image => image.GetProperty("name").GetString()));
        Assert.Equal("red", images[0].GetProperty("predictions")[0].GetProperty("class").GetString());
        Assert.Contains("cut short", images[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("blue", images[2].GetProperty("predictions")[0].GetProperty("class").GetString());
    }

    [Fact]
    public async Task WhatCannotBeTaken_IsRefused()
    {
        await using var model = new ServedModel(options => options.MaxRequestBytes = 1_000);
        using var http = await model.StartAsync();

        Assert.Equal("The body is no image that can be decoded", await RefusalAsync(http, HttpStatusCode.BadRequest, "hello"u8.ToArray()));
        Assert.Equal("The body is empty, 0 bytes", await RefusalAsync(http, HttpStatusCode.BadRequest, []));
        Assert.Equal("A request may have 1,000 bytes", await RefusalAsync(http, HttpStatusCode.RequestEntityTooLarge, new byte[1_001]));
        using var form = new MultipartFormDataContent { { new StringContent("a"), "b" } };
        using var response = await http.PostAsync("/classify", form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task ImagesThatComeTogether_AreComputedAtOnce_AndEachGetsItsOwnAnswer()
    {
        var time = new ManualTime();
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds) = (3, 1_000), time);
        using var http = await model.StartAsync();
        var batches = new List<int>();
        using var listener = model.Listen("distributed_freeze_serving_batch_size", (_, size) => batches.Add((int)size));

        var answers = await Task.WhenAll(new[] { Blue, Red, Green }.Select(image => PostAsync(http, "/classify?top=1", image)));

        Assert.Equal(["blue", "red", "green"], answers.Select(answer => answer.GetProperty("predictions")[0].GetProperty("class").GetString()));
        Assert.Equal([3], batches);
    }

    [Fact]
    public async Task AnImageAlone_WaitsForOthersNoLongerThanItIsAllowedTo_AndNoMoreWaitThanMay()
    {
        var time = new ManualTime();
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds, options.MaxQueue) = (8, 1_000, 1), time);
        using var http = await model.StartAsync();

        var waiting = model.Classifier.ClassifyAsync(Red, TestContext.Current.CancellationToken);

        using var busy = await http.PostAsync("/classify", new ByteArrayContent(Green), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), busy.Headers.RetryAfter?.Delta);
        Assert.False(waiting.IsCompleted);
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("red", (await waiting).Predictions[0].Class);
    }

    [Fact]
    public async Task WhoHangsUp_FreesAPlaceOnlyOnceItsImageIsOutOfTheWay_AndIsNotComputed()
    {
        var time = new ManualTime();
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds, options.MaxQueue) = (8, 1_000, 1), time);
        using var http = await model.StartAsync();
        var batches = new List<int>();
        using var listener = model.Listen("distributed_freeze_serving_batch_size", (_, size) => batches.Add((int)size));
        using var caller = new CancellationTokenSource();
        var gone = model.Classifier.ClassifyAsync(Red, caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        Classification? answer = null;
        while (answer is null)
        {
            try
            {
                var waiting = model.Classifier.ClassifyAsync(Blue, TestContext.Current.CancellationToken);
                while (!waiting.IsCompleted)
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    await Task.Yield();
                }

                answer = await waiting;
            }
            catch (ServerBusyException)
            {
                time.Advance(TimeSpan.FromSeconds(1)); // the image of the one who has gone is still in the batch that gathers
                await Task.Yield();
            }
        }

        Assert.Equal("blue", answer.Predictions[0].Class);
        Assert.All(batches, size => Assert.Equal(1, size));
    }

    [Fact]
    public async Task WhoHangsUpOverHttp_KeepsItsPlaceUntilItsImageIsOutOfTheWay()
    {
        var time = new ManualTime();
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds, options.MaxQueue) = (8, 1_000, 1), time);
        using var http = await model.StartAsync();
        var noticed = new TaskCompletionSource();
        using var listener = model.Listen("distributed_freeze_serving_images", (outcome, _) =>
        {
            if (outcome is "cancelled")
            {
                noticed.TrySetResult();
            }
        });
        byte[] request = [.. Encoding.ASCII.GetBytes($"POST /classify HTTP/1.1\r\nHost: here\r\nContent-Length: {Red.Length}\r\n\r\n"), .. Red];
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port, TestContext.Current.CancellationToken);
            await caller.GetStream().WriteAsync(request, TestContext.Current.CancellationToken);
            while (model.Classifier.Gathered == 0)
            {
                await Task.Yield();
            }
        }

        await noticed.Task.WaitAsync(TestContext.Current.CancellationToken);
        using var busy = await http.PostAsync("/classify", new ByteArrayContent(Green), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.StatusCode);
    }

    [Fact]
    public async Task AFormOfMoreFilesThanMayWait_IsAnsweredAllTheSame()
    {
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds, options.MaxQueue) = (2, 0, 2));
        using var http = await model.StartAsync();
        using var form = new MultipartFormDataContent();
        for (var i = 0; i < 9; i++)
        {
            form.Add(new ByteArrayContent(i % 2 == 0 ? Red : Blue), "file", $"{i}.png");
        }

        using var response = await http.PostAsync("/classify?top=1", form, TestContext.Current.CancellationToken);

        var images = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("images").EnumerateArray();
        Assert.Equal(
            Enumerable.Range(0, 9).Select(i => i % 2 == 0 ? "red" : "blue"),
            images.Select(image => image.GetProperty("predictions")[0].GetProperty("class").GetString()));
        Assert.Equal("green", (await PostAsync(http, "/classify", Green)).GetProperty("predictions")[0].GetProperty("class").GetString()); // every place is free again
        Assert.Equal("green", (await PostAsync(http, "/classify", Green)).GetProperty("predictions")[0].GetProperty("class").GetString());
    }

    [Fact]
    public async Task AFormThatCannotBeRead_IsTheCallersFault()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();
        using var content = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc"u8.ToArray())
        {
            Headers = { ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") },
        };

        using var response = await http.PostAsync("/classify", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task OnceTheHostHasStopped_NobodyIsAnswered()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();
        var classifier = model.Classifier;
        await model.StopAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => classifier.ClassifyAsync(Red, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AFileThatChanges_IsServedFromThenOn_AndWhoWaitsIsAnsweredByTheModelFromBefore()
    {
        var time = new ManualTime();
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds) = (2, 1_000), time);
        var before = model.Classifier.ClassifyAsync(Red, TestContext.Current.CancellationToken);
        Assert.False(await model.Classifier.LookAsync()); // nothing has changed

        model.Write("rouge", "vert", "bleu");
        Assert.True(await model.Classifier.LookAsync());

        Assert.Equal("red", (await before).Predictions[0].Class);
        Assert.Equal(["rouge", "vert", "bleu"], model.Classifier.Classes);
        var answers = await Task.WhenAll(model.Classifier.ClassifyAsync(Red, TestContext.Current.CancellationToken), model.Classifier.ClassifyAsync(Blue, TestContext.Current.CancellationToken));
        Assert.Equal(["rouge", "bleu"], answers.Select(answer => answer.Predictions[0].Class));
    }

    [Fact]
    public async Task RequestsWhileTheFileChanges_AreAllAnswered()
    {
        await using var model = new ServedModel(options => (options.MaxBatch, options.MaxDelayMilliseconds) = (2, 0));
        using var http = await model.StartAsync();
        using var enough = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(async _ =>
        {
            var answered = 0;
            while (!enough.IsCancellationRequested)
            {
                var name = (await PostAsync(http, "/classify", Blue)).GetProperty("predictions")[0].GetProperty("class").GetString();
                Assert.True(name is "blue" or "bleu", name);
                answered++;
            }

            return answered;
        }).ToList();

        for (var change = 0; change < 10; change++)
        {
            model.Write(change % 2 == 0 ? ["rouge", "vert", "bleu"] : ["red", "green", "blue"]);
            File.SetLastWriteTimeUtc(model.Path, DateTime.UnixEpoch.AddDays(change));
            Assert.True(await model.Classifier.LookAsync());
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(asking), answered => Assert.True(answered > 0));
    }

    [Fact]
    public async Task AFileThatIsNoModelAnyMore_LeavesTheOneFromBefore_AndSaysSo()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();
        await File.WriteAllTextAsync(model.Path, "half", TestContext.Current.CancellationToken);

        Assert.False(await model.Classifier.LookAsync());

        Assert.Equal("blue", (await PostAsync(http, "/classify", Blue)).GetProperty("predictions")[0].GetProperty("class").GetString());
        Assert.Contains("is damaged or no ONNX model", model.Classifier.ReloadFault, StringComparison.Ordinal);
        Assert.Equal("Degraded", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));

        model.Write("red", "green", "blue");
        Assert.True(await model.Classifier.LookAsync());
        Assert.Equal("Healthy", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WhatAnswers_IsTold()
    {
        await using var model = new ServedModel();
        using var http = await model.StartAsync();

        var told = await http.GetFromJsonAsync<JsonElement>("/model", TestContext.Current.CancellationToken);

        Assert.Equal(["red", "green", "blue"], told.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("redgreenblue", told.GetProperty("modelSha256").GetString());
    }

    [Fact]
    public async Task WithoutAModel_NothingStarts()
    {
        await using var model = new ServedModel();
        File.Delete(model.Path);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(model.StartAsync);

        Assert.Contains("does not exist", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAClassifier_NothingIsMapped()
    {
        await using var host = WebApplication.CreateSlimBuilder().Build();

        Assert.Throws<InvalidOperationException>(() => host.MapClassifier());
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, byte[] image)
    {
        using var response = await http.PostAsync(path, new ByteArrayContent(image), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    private static async Task<string?> RefusalAsync(HttpClient http, HttpStatusCode status, byte[] body, string path = "/classify")
    {
        using var response = await http.PostAsync(path, new ByteArrayContent(body), TestContext.Current.CancellationToken);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("detail").GetString();
    }
}
