using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>Reads pickles of plain values and tensors, and of nothing else.</summary>
/// <remarks>
/// <para>
/// A pickle is a program, which Python's own reader runs: it may call whatever it names. This one makes numbers, text, lists, tuples and
/// maps, and of names those of <see cref="TorchGlobals"/>; nothing is looked up, loaded or called. Razorvine.Pickle, on which
/// TorchSharp.PyBridge stands, makes any class that it knows of a name, and dictionaries of those that it does not, and has no limits.
/// </para>
/// <para>
/// Source: CPython's Lib/pickletools.py, the operations that protocols 2 to 4 write. What a pickle can make it grow to is a small multiple
/// of its own length. Not thread-safe.
/// </para>
/// </remarks>
internal sealed class PickleReader
{
    /// <summary>Bytes of the longest pickle that is read; a ResNet50's is 40 kB, with an optimizer's state 200 kB.</summary>
    public const int MostBytes = 1 << 22;

    /// <summary>Objects, values on the stack and values remembered: a byte of the pickle may make any of them, of which each takes dozens.</summary>
    private const int MostObjects = 1_000_000;

    private static readonly object True = true;
    private static readonly object False = false;
    private static readonly object Mark = new();
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private int _at;
    private int _made;

    private PickleReader(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">It, and whatever comes after it.</param>
    /// <returns>Its value (null, bool, long, <see cref="BigInteger"/>, double, string, byte[], list, <see cref="PickleTuple"/>,
    /// <see cref="PickleMap"/>, <see cref="PickleGlobal"/>, <see cref="TorchStorage"/> or <see cref="TorchTensor"/>), and its length in bytes.</returns>
    /// <exception cref="InvalidDataException">It is damaged, cut short, or holds more than that.</exception>
    public static (object? Value, int Length) Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new PickleReader(bytes);
        while (reader.Step())
        {
            // one operation after another, to the one that says stop
        }

        return (reader.Pop(), reader._at);
    }

    private bool Step()
    {
        var operation = (char)Take(1)[0];
        switch (operation)
        {
            case '.':
                return false;
            case '\x80': // PROTO
                var protocol = Take(1)[0];
                if (protocol is < 2 or > 5)
                {
                    throw new InvalidDataException($"it is written in protocol {protocol} of Python's pickle; 2 to 5 are read");
                }

                break;
            case '\x95': // FRAME
                Take(8);
                break;
            case 'N':
                Push(null);
                break;
            case '\x88':
                Push(True);
                break;
            case '\x89':
                Push(False);
                break;
            case 'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 'K':
                Push((long)Take(1)[0]);
                break;
            case 'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case '\x8a': // LONG1
                var number = new BigInteger(Take(Take(1)[0]));
                Push(number >= long.MinValue && number <= long.MaxValue ? (long)number : number);
                break;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case '\x8c': // SHORT_BINUNICODE
                Push(Text(Take(1)[0]));
                break;
            case 'X':
                Push(Text(Length32()));
                break;
            case '\x8d': // BINUNICODE8
                Push(Text(Length64()));
                break;
            case 'U': // SHORT_BINSTRING, Python 2's
                Push(Encoding.Latin1.GetString(Take(Take(1)[0])));
                break;
            case 'T':
                Push(Encoding.Latin1.GetString(Take(Length32())));
                break;
            case 'C':
                Push(Take(Take(1)[0]).ToArray());
                break;
            case 'B':
                Push(Take(Length32()).ToArray());
                break;
            case '\x8e': // BINBYTES8
                Push(Take(Length64()).ToArray());
                break;
            case '(':
                Push(Mark);
                break;
            case '0':
                Pop();
                break;
            case '1':
                PopToMark();
                break;
            case ')':
                Push(Counted(new PickleTuple([])));
                break;
            case '\x85':
                Push(Counted(new PickleTuple([Pop()])));
                break;
            case '\x86':
                Push(Counted(new PickleTuple(PopLast(2))));
                break;
            case '\x87':
                Push(Counted(new PickleTuple(PopLast(3))));
                break;
            case 't':
                Push(Counted(new PickleTuple(PopToMark())));
                break;
            case ']' or '\x8f': // EMPTY_LIST, EMPTY_SET
                Push(Counted(new List<object?>()));
                break;
            case '}':
                Push(Counted(new PickleMap()));
                break;
            case 'l':
                Push(Counted(PopToMark().ToList()));
                break;
            case 'd':
                var map = Counted(new PickleMap());
                SetItems(map, PopToMark());
                Push(map);
                break;
            case 'a':
                var item = Pop();
                Top<List<object?>>().Add(item);
                break;
            case 'e' or '\x90': // APPENDS, ADDITEMS
                var items = PopToMark();
                Top<List<object?>>().AddRange(items);
                break;
            case 's':
                var pair = PopLast(2);
                SetItems(Top<PickleMap>(), pair);
                break;
            case 'u':
                var pairs = PopToMark();
                SetItems(Top<PickleMap>(), pairs);
                break;
            case 'q':
                Remember(Take(1)[0]);
                break;
            case 'r':
                Remember(Length32());
                break;
            case '\x94': // MEMOIZE
                Remember(_memo.Count);
                break;
            case 'h':
                Push(Remembered(Take(1)[0]));
                break;
            case 'j':
                Push(Remembered(Length32()));
                break;
            case 'c':
                Push(Counted(TorchGlobals.Allowed(Line(), Line())));
                break;
            case '\x93': // STACK_GLOBAL
                Push(PopLast(2) is [string module, string name] ? Counted(TorchGlobals.Allowed(module, name)) : throw Damaged());
                break;
            case 'R':
                Push(PopLast(2) is [PickleGlobal global, PickleTuple arguments] ? Counted(TorchGlobals.Make(global, arguments)) : throw Damaged());
                break;
            case 'b': // BUILD: state_dict's _metadata, with the versions of modules
                Pop();
                _ = Top<PickleMap>();
                break;
            case 'Q':
                Push(Counted(TorchGlobals.Storage(Pop())));
                break;
            default:
                throw new InvalidDataException($"it holds more than tensors, or is damaged: Python's pickle operation 0x{(int)operation:x2} is not read here");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw new InvalidDataException("it is cut short");
        }

        var taken = _bytes.Span.Slice(_at, count);
        _at += count;
        return taken;
    }

    private int Length32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4)) is >= 0 and var length ? length : throw Damaged();

    private int Length64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) is <= MostBytes and var length ? (int)length : throw new InvalidDataException("it is cut short");

    private string Text(int bytes) => Encoding.UTF8.GetString(Take(bytes));

    private string Line()
    {
        var end = _bytes.Span[_at..].IndexOf((byte)'\n');
        var line = Text(end >= 0 ? end : throw new InvalidDataException("it is cut short"));
        Take(1);
        return line;
    }

    private void Push(object? value)
    {
        Bound(_stack.Count);
        _stack.Add(value);
    }

    private object? Peek() => _stack.Count > 0 && !ReferenceEquals(_stack[^1], Mark) ? _stack[^1] : throw Damaged();

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopLast(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.FindLastIndex(value => ReferenceEquals(value, Mark));
        if (mark < 0)
        {
            throw Damaged();
        }

        var values = _stack.GetRange(mark + 1, _stack.Count - mark - 1).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private T Top<T>() => Peek() is T top ? top : throw Damaged();

    private void Remember(int number)
    {
        Bound(_memo.Count);
        _memo[number] = Peek();
    }

    private object? Remembered(int number) => _memo.TryGetValue(number, out var value) ? value : throw Damaged();

    private T Counted<T>(T made)
    {
        Bound(_made++);
        return made;
    }

    private static void Bound(int count)
    {
        if (count >= MostObjects)
        {
            throw new InvalidDataException("it holds more objects than any file of weights");
        }
    }

    private static void SetItems(PickleMap map, object?[] pairs)
    {
        if (pairs.Length % 2 != 0)
        {
            throw Damaged();
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            map.Add(pairs[i], pairs[i + 1]);
        }
    }

    private static InvalidDataException Damaged() => new("it is damaged: it is no pickle that PyTorch writes");
}
