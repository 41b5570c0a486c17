namespace DistributedFreeze.Silo.Hosting;

/// <summary>Makes the web server listen where the settings said as the silo started.</summary>
internal static class FixedEndpoints
{
    private const string Section = "Kestrel";

    /// <summary>Gives the web server a copy of its settings as they are now.</summary>
    /// <remarks>
    /// By default it follows its section and would open a port that an edited file names, though keys and roots were asked for by the endpoints of the start (<see cref="Exposure"/>).
    /// It may go on following: a copy does not change, and only so does it watch the files of its certificates.
    /// </remarks>
    public static void FixEndpoints(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection(Section).AsEnumerable(makePathsRelative: true).Where(setting => setting.Value is not null).ToList();
        var copy = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        builder.WebHost.ConfigureKestrel(server => server.Configure(copy, reloadOnChange: true));
    }
}
