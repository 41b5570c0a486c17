using System.IO.Hashing;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>One reader of bytes that anybody may have made.</summary>
/// <param name="folder">A folder of its own.</param>
internal abstract class FuzzTarget(string folder)
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs that <c>.ci/run</c> tries, which take some seconds.</summary>
    public abstract int Inputs { get; }

    /// <summary>Whether a native library works on the input, whose memory the garbage collector does not see.</summary>
    public virtual bool IsNative => false;

    /// <summary>Whether inputs are text, in which numbers have digits.</summary>
    public virtual bool IsText => false;

    /// <summary>Whether every input has to end well, since the reader tells of damage instead of throwing.</summary>
    public virtual bool NeverThrows => false;

    /// <summary>Where an input lies when it is read.</summary>
    public virtual string Path => In("input" + Ending);

    /// <summary>Whole inputs, out of which the others are made.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Pieces that mean something to the reader.</summary>
    public virtual IEnumerable<byte[]> Words() => [];

    /// <summary>Makes an input out of others.</summary>
    /// <param name="mutator">Damages bytes.</param>
    /// <param name="input">Stays as it is.</param>
    /// <param name="other">Another one, to take pieces from.</param>
    public virtual byte[] Mutate(Mutator mutator, byte[] input, byte[] other) => mutator.Mutate(input, other);

    /// <summary>Makes checksums and the like right again, without which nearly every input would end at one.</summary>
    /// <param name="input">May be changed where it stands.</param>
    public virtual byte[] Mend(byte[] input) => input;

    /// <summary>Reads what lies at <see cref="Path"/>, whole.</summary>
    /// <param name="input">The same bytes.</param>
    public abstract void Read(byte[] input);

    /// <summary>Whether the reader's documentation promises an exception for bad input.</summary>
    public virtual bool Documents(Exception exception) => exception is Errors.InvalidInputException;

    /// <summary>How the file's name ends.</summary>
    protected virtual string Ending => ".bin";

    /// <summary>Tosses a coin, which falls the same way for the same input.</summary>
    protected static bool Toss(byte[] input) => XxHash3.HashToUInt64(input) % 2 == 0;

    /// <summary>A path in the target's folder.</summary>
    protected string In(string name) => System.IO.Path.Combine(folder, name);
}
