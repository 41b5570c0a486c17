namespace DistributedFreeze.Inference.Images;

/// <summary>A part of an image, in whole pixels of the upright image.</summary>
/// <param name="Left">First column, from 0.</param>
/// <param name="Top">First row, from 0.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public readonly record struct PixelBox(int Left, int Top, int Width, int Height)
{
    /// <summary>Whether the box has a pixel and lies within an image of this size.</summary>
    public bool LiesWithin(int width, int height) =>
        Left >= 0 && Top >= 0 && Width >= 1 && Height >= 1 && Width <= width - Left && Height <= height - Top;
}
