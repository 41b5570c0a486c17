namespace DistributedFreeze.Training.Exchange;

/// <summary>Where the replicas of one silo meet for their exchanges.</summary>
/// <remarks>Thread-safe. Each silo has its own.</remarks>
public sealed class SharedExchanges
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Joins an exchange; who comes first makes it.</summary>
    /// <param name="name">The same for all members, and of no other exchange: the run and the phase.</param>
    /// <param name="shards">Shards of the run.</param>
    /// <param name="members">Number of replicas.</param>
    /// <param name="member">This replica's number.</param>
    /// <param name="length">Elements of the vector.</param>
    public Membership Join(string name, int shards, int members, int member, int length)
    {
        lock (_entries)
        {
            if (!_entries.TryGetValue(name, out var entry))
            {
                entry = new(new(new(shards), members, length));
                _entries.Add(name, entry);
            }

            var seat = entry.Exchange.Seat(member);
            entry.Users++;
            return new(this, name, entry.Exchange, seat);
        }
    }

    private void Leave(string name)
    {
        lock (_entries)
        {
            var entry = _entries[name];
            if (--entry.Users == 0)
            {
                _entries.Remove(name);
                entry.Exchange.Dispose();
            }
        }
    }

    /// <summary>One replica's part in an exchange. Dispose of it once, when no step is in flight.</summary>
    public sealed class Membership : IDisposable
    {
        private readonly SharedExchanges _owner;
        private readonly string _name;
        private readonly SharedMemoryExchange _exchange;

        internal Membership(SharedExchanges owner, string name, SharedMemoryExchange exchange, IStepExchange seat)
        {
            _owner = owner;
            _name = name;
            _exchange = exchange;
            Seat = seat;
        }

        /// <summary>The seat.</summary>
        public IStepExchange Seat { get; }

        /// <summary>Breaks the exchange for every member.</summary>
        public void Break() => _exchange.Break();

        /// <inheritdoc/>
        public void Dispose() => _owner.Leave(_name);
    }

    private sealed class Entry(SharedMemoryExchange exchange)
    {
        public SharedMemoryExchange Exchange { get; } = exchange;

        public int Users { get; set; }
    }
}
