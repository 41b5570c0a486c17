using System.Collections.Immutable;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Specs;

/// <summary>A field of a run file, as its reader and its validator treat it.</summary>
/// <param name="Field">Its names and what it means.</param>
/// <param name="Type">What may stand behind its name.</param>
/// <param name="Words">The words that it may have; empty where it is no word of a few.</param>
/// <param name="Range">The numbers that it may have; null where it is none.</param>
/// <param name="Default">Its value where it is left out, as a run file has it; null where <see cref="RunField.Absent"/> says what happens then, or where it must be given.</param>
/// <param name="IsRequired">Whether it must be given.</param>
public sealed record RunFileField(
    RunField Field, FieldType Type, ImmutableArray<string> Words, FieldRange? Range, string? Default, bool IsRequired);
