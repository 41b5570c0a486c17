using DistributedFreeze.Data;
using SkiaSharp;

namespace DistributedFreeze.Benchmarks.Defaults;

/// <summary>Three sets of images that are drawn, the same each time: one with few images, one unbalanced, one with many. All are hard enough that no one is always right.</summary>
internal static class DrawnSets
{
    public const int Size = 96;

    private const int ValidationPerClass = 15;
    private const int TestPerClass = 50;
    private const int FewPerClass = 12;
    private const int ManyPerClass = 60;

    private static readonly string[] Textures = ["checks", "dots", "fine-stripes", "rings", "stripes", "weave"];
    private static readonly (string Name, int Train)[] Shapes = [("cross", 25), ("disc", 10), ("square", 160), ("triangle", 60)];

    /// <summary>Strokes from point to point, in a square from -1 to 1.</summary>
    private static readonly (string Name, (float X, float Y)[][] Strokes)[] Letters =
    [
        ("a", [[(-1, 1), (0, -1), (1, 1)], [(-0.5f, 0), (0.5f, 0)]]),
        ("e", [[(1, -1), (-1, -1), (-1, 1), (1, 1)], [(-1, 0), (0.7f, 0)]]),
        ("f", [[(1, -1), (-1, -1), (-1, 1)], [(-1, 0), (0.7f, 0)]]),
        ("h", [[(-1, -1), (-1, 1)], [(1, -1), (1, 1)], [(-1, 0), (1, 0)]]),
        ("k", [[(-1, -1), (-1, 1)], [(1, -1), (-1, 0), (1, 1)]]),
        ("n", [[(-1, 1), (-1, -1), (1, 1), (1, -1)]]),
        ("t", [[(-1, -1), (1, -1)], [(0, -1), (0, 1)]]),
        ("z", [[(-1, -1), (1, -1), (-1, 1), (1, 1)]]),
    ];

    /// <summary>Six textures of one scale, turned, faint and noisy; 12 training images of each.</summary>
    public static void DrawTextures(string folder)
    {
        foreach (var (texture, name) in Textures.Index())
        {
            Draw(folder, name, FewPerClass, random => Texture(random, texture));
        }
    }

    /// <summary>Four shapes, turned and faint among lines and noise; 160, 60, 25 and 10 training images, as many to test of each.</summary>
    public static void DrawShapes(string folder)
    {
        foreach (var (shape, (name, train)) in Shapes.Index())
        {
            Draw(folder, name, train, random => Shape(random, shape));
        }
    }

    private static void Draw(string folder, string name, int train, Func<KeyedRandom, SKBitmap> draw)
    {
        foreach (var (split, count) in new[] { ("train", train), ("val", ValidationPerClass), ("test", TestPerClass) })
        {
            var images = Directory.CreateDirectory(Path.Combine(folder, split, name)).FullName;
            for (var i = 0; i < count; i++)
            {
                using var bitmap = draw(new(1, $"{name} {split}", i));
                using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
                using var file = File.Create(Path.Combine(images, $"{i:D3}.png"));
                png.SaveTo(file);
            }
        }
    }

    /// <summary>Eight letters of four strokes or less, turned, bent and faint among lines and noise; 60 training images of each.</summary>
    public static void DrawLetters(string folder)
    {
        foreach (var (name, strokes) in Letters)
        {
            Draw(folder, name, ManyPerClass, random => Letter(random, strokes));
        }
    }

    private static SKBitmap Texture(KeyedRandom random, int texture)
    {
        var (sin, cos) = Math.SinCos(random.NextDouble() * Math.PI);
        var wave = 2 * Math.PI / (7 + 3 * random.NextDouble());
        var (offsetX, offsetY) = (random.NextDouble() * 50, random.NextDouble() * 50);
        var contrast = 12 + 20 * random.NextDouble();
        return Noisy(random, noise: 35, (x, y) =>
        {
            var (u, v) = (wave * (cos * x + sin * y + offsetX), wave * (cos * y - sin * x + offsetY));
            return contrast * texture switch
            {
                0 => Math.Sign(Math.Sin(u)) * Math.Sign(Math.Sin(v)),
                1 => Math.Sin(u) + Math.Sin(v) > 0.7 ? 1 : -0.6,
                2 => Math.Sin(1.5 * u),
                3 => Math.Sin(wave * Math.Sqrt((x - offsetX - 20) * (x - offsetX - 20) + (y - offsetY - 20) * (y - offsetY - 20))),
                4 => Math.Sin(u),
                _ => Math.Floor(u / Math.PI) % 2 == 0 ? Math.Sin(2 * v) : Math.Sin(2 * u),
            };
        });
    }

    private static SKBitmap Shape(KeyedRandom random, int shape)
    {
        using var drawn = new SKBitmap(Size, Size);
        using (var canvas = new SKCanvas(drawn))
        {
            canvas.Clear(new SKColor(128, 128, 128));
            for (var i = 0; i < 5; i++)
            {
                using var line = Ink(random, 30, stroke: 2);
                canvas.DrawLine(Place(random), Place(random), line);
            }

            var radius = 16 + 16 * random.NextSingle();
            canvas.Translate(radius + (Size - 2 * radius) * random.NextSingle(), radius + (Size - 2 * radius) * random.NextSingle());
            canvas.RotateDegrees(360 * random.NextSingle());
            using var ink = Ink(random, 50, stroke: 0);
            Put(canvas, shape, radius, ink);
        }

        return Noisy(random, noise: 14, (x, y) => drawn.GetPixel(x, y).Green - 128);
    }

    private static SKBitmap Letter(KeyedRandom random, (float X, float Y)[][] strokes)
    {
        using var drawn = new SKBitmap(Size, Size);
        using (var canvas = new SKCanvas(drawn))
        {
            canvas.Clear(new SKColor(128, 128, 128));
            for (var i = 0; i < 4; i++)
            {
                using var line = Ink(random, 30, stroke: 2);
                canvas.DrawLine(Place(random), Place(random), line);
            }

            var radius = 14 + 14 * random.NextSingle();
            canvas.Translate(radius + (Size - 2 * radius) * random.NextSingle(), radius + (Size - 2 * radius) * random.NextSingle());
            canvas.RotateDegrees(50 * (random.NextSingle() - 0.5f));
            using var ink = Ink(random, 40, stroke: 3);
            foreach (var stroke in strokes)
            {
                for (var i = 1; i < stroke.Length; i++)
                {
                    canvas.DrawLine(Bent(stroke[i - 1]), Bent(stroke[i]), ink);
                }
            }

            SKPoint Bent((float X, float Y) point) => new(
                radius * (0.8f * point.X + 0.35f * (random.NextSingle() - 0.5f)), radius * (point.Y + 0.35f * (random.NextSingle() - 0.5f)));
        }

        return Noisy(random, noise: 14, (x, y) => drawn.GetPixel(x, y).Green - 128);
    }

    private static void Put(SKCanvas canvas, int shape, float radius, SKPaint ink)
    {
        switch (shape)
        {
            case 0:
                canvas.DrawRect(-radius, -radius / 3, 2 * radius, 2 * radius / 3, ink);
                canvas.DrawRect(-radius / 3, -radius, 2 * radius / 3, 2 * radius, ink);
                break;
            case 1:
                canvas.DrawCircle(0, 0, 0.9f * radius, ink);
                break;
            case 2:
                canvas.DrawRect(-0.8f * radius, -0.8f * radius, 1.6f * radius, 1.6f * radius, ink);
                break;
            default:
                using (var triangle = new SKPathBuilder())
                {
                    triangle.MoveTo(0, -radius);
                    triangle.LineTo(0.87f * radius, 0.5f * radius);
                    triangle.LineTo(-0.87f * radius, 0.5f * radius);
                    triangle.Close();
                    using var path = triangle.Detach();
                    canvas.DrawPath(path, ink);
                }

                break;
        }
    }

    private static SKPaint Ink(KeyedRandom random, int contrast, int stroke)
    {
        var value = (byte)(128 + (random.NextBelow(2) == 0 ? -1 : 1) * (contrast / 2 + random.NextBelow(contrast)));
        return new() { Color = new(value, value, value), IsAntialias = true, Style = stroke > 0 ? SKPaintStyle.Stroke : SKPaintStyle.Fill, StrokeWidth = stroke };
    }

    private static SKPoint Place(KeyedRandom random) => new(Size * random.NextSingle(), Size * random.NextSingle());

    /// <summary>A picture of one hue, by a formula of the brightness of each pixel around grey, with noise.</summary>
    private static SKBitmap Noisy(KeyedRandom random, double noise, Func<int, int, double> brightness)
    {
        var (red, green, blue) = (100 + 60 * random.NextDouble(), 100 + 60 * random.NextDouble(), 100 + 60 * random.NextDouble());
        var bitmap = new SKBitmap(Size, Size);
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var value = brightness(x, y);
                bitmap.SetPixel(x, y, new(Pixel(red + value), Pixel(green + value), Pixel(blue + value)));
            }
        }

        return bitmap;

        byte Pixel(double value) => (byte)Math.Clamp(value + noise * random.NextNormal(), 0, 255);
    }
}
