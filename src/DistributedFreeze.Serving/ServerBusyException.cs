using System.Globalization;

namespace DistributedFreeze.Serving;

/// <summary>As many images wait as may: whoever comes again in a moment is taken.</summary>
/// <param name="most">How many may wait.</param>
public sealed class ServerBusyException(int most) : Exception(string.Create(CultureInfo.InvariantCulture, $"{most:N0} images wait already; come again in a moment"));
