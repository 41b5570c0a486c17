namespace DistributedFreeze.Data.Features;

/// <summary>Removes a set unless someone has it open.</summary>
internal static class SetRemoval
{
    /// <param name="set">The set.</param>
    /// <param name="locks">Of whoever removes.</param>
    /// <param name="freed">Bytes freed.</param>
    /// <returns>False where the set is in use.</returns>
    /// <exception cref="IOException">The file system cannot lock, or a file cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be removed.</exception>
    public static bool TryRemove(SetFolder set, FolderLocks locks, out long freed)
    {
        freed = 0;
        var place = FolderLocks.SetPlace(set);
        if (!locks.TryTake(place))
        {
            return false;
        }

        try
        {
            freed = set.Remove();
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true; // someone else was first
        }
        finally
        {
            locks.Release(place);
        }
    }
}
