namespace DistributedFreeze.Fields;

/// <summary>The option that gives a field at a command line.</summary>
/// <param name="Name">Its name, such as <c>--batch</c>.</param>
/// <param name="Argument">What help calls the value, such as <c>N</c>, or the names that it may be, <c>best|last</c>.</param>
/// <param name="Help">What help says, with the range and the default value.</param>
/// <param name="Says">The value where naming the option is all that is said; null where a value follows.</param>
/// <param name="IsList">Whether values with commas between them follow.</param>
public sealed record FieldOption(string Name, string Argument, string Help, string? Says = null, bool IsList = false);
