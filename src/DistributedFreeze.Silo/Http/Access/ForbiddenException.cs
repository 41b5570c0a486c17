namespace DistributedFreeze.Silo.Http.Access;

/// <summary>A caller is known, and may not do what was asked.</summary>
/// <param name="message">Who the caller is, and what they would have to be.</param>
internal sealed class ForbiddenException(string message) : Exception(message);
