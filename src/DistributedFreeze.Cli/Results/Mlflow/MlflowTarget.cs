using System.Net.Http.Headers;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>A tracking server of MLflow's, and what is shown to it.</summary>
/// <param name="Address">Address of the server, without <c>/api</c>; http or https.</param>
/// <param name="Experiment">Name of the experiment that runs belong to.</param>
/// <param name="Authorization">Header of every request; null where nobody is asked who they are.</param>
internal sealed record MlflowTarget(Uri Address, string Experiment, AuthenticationHeaderValue? Authorization)
{
    /// <summary>The option that asks for it.</summary>
    public const string OptionName = "--mlflow";

    /// <summary>The option that names the experiment.</summary>
    public const string ExperimentOptionName = "--mlflow-experiment";

    /// <summary>Name of the experiment where nobody gives one.</summary>
    public const string DefaultExperiment = "dfreeze";

    /// <summary>Variables that MLflow's own clients read.</summary>
    public const string AddressVariable = "MLFLOW_TRACKING_URI", ExperimentVariable = "MLFLOW_EXPERIMENT_NAME";

    private const string TokenVariable = "MLFLOW_TRACKING_TOKEN", UserVariable = "MLFLOW_TRACKING_USERNAME", PasswordVariable = "MLFLOW_TRACKING_PASSWORD";

    /// <summary>What options and variables say; options count more.</summary>
    /// <param name="address">Value of the option; null or empty for the variable's.</param>
    /// <param name="experiment">Value of the option; null for the variable's, or the default.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <exception cref="InvalidInputException">There is no address, or it is none of a server, or a name or password is no header's.</exception>
    public static MlflowTarget Of(string? address, string? experiment, Func<string, string?> variable)
    {
        var (given, field) = string.IsNullOrWhiteSpace(address) ? (variable(AddressVariable), AddressVariable) : (address, OptionName);
        if (string.IsNullOrWhiteSpace(given))
        {
            throw new InvalidInputException(OptionName, $"needs the address of a tracking server, such as http://127.0.0.1:5000, behind it or in {AddressVariable}");
        }

        if (!Uri.TryCreate(given.Trim(), UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new InvalidInputException(field, "must be the http or https address of a tracking server, such as http://127.0.0.1:5000");
        }

        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new InvalidInputException(field, $"must be an address alone; a name and password belong in {UserVariable} and {PasswordVariable}, a token in {TokenVariable}");
        }

        experiment = experiment ?? (variable(ExperimentVariable) is { Length: > 0 } named ? named : DefaultExperiment);
        return string.IsNullOrWhiteSpace(experiment) || Encoding.UTF8.GetByteCount(experiment) > 250
            ? throw new InvalidInputException(ExperimentOptionName, "must be a name of at most 250 bytes")
            : new(new(uri.AbsoluteUri.TrimEnd('/') + "/"), experiment, AuthorizationOf(variable));
    }

    /// <summary>As MLflow's clients: name and password count more than a token.</summary>
    private static AuthenticationHeaderValue? AuthorizationOf(Func<string, string?> variable)
    {
        if (variable(UserVariable) is { Length: > 0 } user && variable(PasswordVariable) is { Length: > 0 } password)
        {
            return new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }

        return variable(TokenVariable) is not { Length: > 0 } token ? null
            : token.All(character => char.IsAscii(character) && !char.IsControl(character)) ? new("Bearer", token)
            : throw new InvalidInputException(TokenVariable, "must be a token of printable ASCII characters");
    }
}
