namespace DistributedFreeze.Client;

/// <summary>A download whose bytes are not those that the cluster has: damaged on the way, or changed while they were read.</summary>
public sealed class ArtefactDamagedException : Exception
{
    /// <param name="name">The artefact.</param>
    /// <param name="message">What does not fit.</param>
    public ArtefactDamagedException(string name, string message)
        : base($"{name}: {message}") => Artefact = name;

    /// <summary>Name of the artefact.</summary>
    public string Artefact { get; }
}
