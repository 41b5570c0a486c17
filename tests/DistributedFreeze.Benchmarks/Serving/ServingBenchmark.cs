using System.Diagnostics;
using System.Globalization;
using DistributedFreeze.Inference;
using DistributedFreeze.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Serving;

/// <summary>Images a second over HTTP, beside a bare loop that decodes and computes one image after the other.</summary>
internal static class ServingBenchmark
{
    private static readonly int[] Clients = [1, 4, 16];

    /// <param name="model">What <c>dfreeze export</c> wrote.</param>
    /// <param name="image">An image file.</param>
    /// <param name="seconds">Of each measurement.</param>
    /// <param name="rounds">How often each is measured, in turns.</param>
    public static async Task<Table> RunAsync(string model, string image, double seconds, int rounds)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddClassifier(options => options.Model = model);
        await using var host = builder.Build();
        host.MapClassifier();
        await host.StartAsync();
        using var http = new HttpClient { BaseAddress = new(host.Urls.Single()) };
        using var classifier = ImageClassifier.Open(model);
        var content = await File.ReadAllBytesAsync(image);
        var bare = new List<double>();
        var served = Clients.ToDictionary(clients => clients, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(Bare(classifier, content, seconds));
            foreach (var clients in Clients)
            {
                served[clients].Add(await ServedAsync(http, content, clients, seconds));
            }
        }

        var table = new Table().AddColumns("clients", "images/s", "of the bare loop (range)");
        table.AddRow("bare loop", Text(Median(bare)), "");
        foreach (var (clients, rates) in served)
        {
            var ratios = rates.Zip(bare, (rate, one) => rate / one).ToList();
            table.AddRow(Text(clients), Text(Median(rates)), $"{Text(Median(ratios))} ({Text(ratios.Min())} to {Text(ratios.Max())})");
        }

        return table;
    }

    private static double Bare(ImageClassifier classifier, byte[] content, double seconds)
    {
        var pixels = new byte[classifier.ImageBytes];
        var (began, images) = (Stopwatch.GetTimestamp(), 0);
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            classifier.Decode(content, pixels);
            classifier.ClassifyPixels(pixels);
            images++;
        }

        return images / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> ServedAsync(HttpClient http, byte[] content, int clients, double seconds)
    {
        var began = Stopwatch.GetTimestamp();
        var answered = await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            var images = 0;
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                using var response = await http.PostAsync("/classify", new ByteArrayContent(content));
                response.EnsureSuccessStatusCode();
                images++;
            }

            return images;
        }));
        return answered.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
