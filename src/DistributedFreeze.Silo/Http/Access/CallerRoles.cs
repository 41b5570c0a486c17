namespace DistributedFreeze.Silo.Http.Access;

/// <summary>What a caller may do; several roles add up.</summary>
[Flags]
public enum CallerRoles
{
    /// <summary>See the list of runs in short, the devices and the queue.</summary>
    None = 0,

    /// <summary>See every run, its events and its receipt; change nothing, and fetch no files.</summary>
    Viewer = 1,

    /// <summary>Submit runs; see, pause, resume, cancel and delete one's own, and fetch their files.</summary>
    Submitter = 2,

    /// <summary>Do all of that with every run, and use the dashboard.</summary>
    Admin = 4,
}
