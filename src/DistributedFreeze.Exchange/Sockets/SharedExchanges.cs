namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Where the replicas of one silo meet for their exchanges, with one another and with those of other silos.</summary>
/// <remarks>Thread-safe. Each silo has its own.</remarks>
/// <param name="port">How other silos are reached; null where exchanges have one host only. Not disposed of here.</param>
public sealed class SharedExchanges(ExchangePort? port = null)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Joins an exchange of this silo's replicas alone; the first to join creates it.</summary>
    /// <param name="name">The same for all members, and of no other exchange: the run and the phase.</param>
    /// <param name="shards">Shards of the run.</param>
    /// <param name="members">Number of replicas.</param>
    /// <param name="member">This replica's number.</param>
    /// <param name="length">Elements of the vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Membership Join(string name, int shards, int members, int member, int length) =>
        Join(ProcessGroup.OfOneHost(name, shards, members), member, length);

    /// <summary>Joins an exchange; the first to join creates it. Other hosts are connected to in the first step.</summary>
    /// <param name="plan">The exchange.</param>
    /// <param name="member">This replica's number among the members of this host.</param>
    /// <param name="length">Elements of the vector.</param>
    /// <exception cref="ArgumentException">The plan lacks something or holds something out of its range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The plan has several hosts, and this silo has no port or has closed it.</exception>
    public Membership Join(ProcessGroup plan, int member, int length)
    {
        lock (_entries)
        {
            if (!_entries.TryGetValue(plan.Name, out var entry))
            {
                entry = new(Create(plan, length));
                _entries.Add(plan.Name, entry);
            }

            try
            {
                var seat = entry.Exchange.Seat(member);
                entry.Users++;
                return new(this, plan.Name, entry.Exchange, seat);
            }
            catch when (entry.Users == 0)
            {
                // Nobody would ever leave it.
                _entries.Remove(plan.Name);
                entry.Exchange.Dispose();
                throw;
            }
        }
    }

    private ISiloExchange Create(ProcessGroup plan, int length)
    {
        if (plan.Hosts.Length == 1)
        {
            return new SharedMemoryExchange(new(plan.Shards), plan.Hosts[0].Members, length);
        }

        return new SocketExchange(plan, length, port ?? throw new InvalidOperationException(
            $"Exchange \"{plan.Name}\" has {plan.Hosts.Length} hosts, but this silo has no exchange port."));
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
        private readonly ISiloExchange _exchange;

        internal Membership(SharedExchanges owner, string name, ISiloExchange exchange, IStepExchange seat)
        {
            _owner = owner;
            _name = name;
            _exchange = exchange;
            Seat = seat;
        }

        /// <summary>The seat.</summary>
        public IStepExchange Seat { get; }

        /// <summary>Breaks the exchange for every member, here and on other hosts. Thread-safe.</summary>
        public void Break() => _exchange.Break();

        /// <inheritdoc/>
        public void Dispose() => _owner.Leave(_name);
    }

    private sealed class Entry(ISiloExchange exchange)
    {
        public ISiloExchange Exchange { get; } = exchange;

        public int Users { get; set; }
    }
}
