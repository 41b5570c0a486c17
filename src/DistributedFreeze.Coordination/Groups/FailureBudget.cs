using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>When losses are no longer worth going on for: a run whose every group breaks before its first step would never end.</summary>
internal sealed class FailureBudget
{
    /// <summary>Groups that may break in a row without one step done.</summary>
    public const int MostFruitless = 4;

    /// <summary>After so many breaks of an exchange whose members all answer, silos are taken not to reach one another.</summary>
    public const int MostUnexplained = 2;

    /// <summary>Who does not answer any more may have died; a device that failed has said of what.</summary>
    private const string DeathAdvice =
        $" If silos' processes died, their exit codes say of what (137: lack of memory; 134, 136, 139: a native library): try {DeathWords.CrashAdvice}; against a lack of memory {DeathWords.MemoryAdvice}.";

    private int _fruitless;
    private int _unexplained;

    /// <summary>A step was done.</summary>
    public void Progressed() => (_fruitless, _unexplained) = (0, 0);

    /// <summary>A group broke.</summary>
    /// <param name="broken">How.</param>
    /// <param name="work">What the group was to do.</param>
    /// <returns>True where the members of other silos than the first's should be given up: all answer, yet the exchange keeps breaking.</returns>
    /// <exception cref="RunFailedException">It has happened too often.</exception>
    public bool Broke(GroupBrokenException broken, string work)
    {
        if (++_fruitless > MostFruitless)
        {
            throw new RunFailedException(
                $"The run was given up after {_fruitless} attempts without one step of {work} done. The last one: {broken.Message}"
                + (broken.Lost is [_, ..] && broken.Lost.All(lost => !lost.Reason.IsUnreachable) ? "" : DeathAdvice));
        }

        _unexplained = broken.Lost.IsEmpty ? _unexplained + 1 : 0;
        return _unexplained >= MostUnexplained;
    }
}
