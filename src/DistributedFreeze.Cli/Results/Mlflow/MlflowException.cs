namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>A tracking server did not do what it was asked.</summary>
/// <param name="message">Why, without a full stop.</param>
/// <param name="code">MLflow's code of the error; empty where there is none.</param>
/// <param name="isPassing">Whether the same call may succeed later.</param>
/// <param name="inner">What it comes from; null where it is an answer.</param>
internal sealed class MlflowException(string message, string code, bool isPassing, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>MLflow's code of the error, such as <c>RESOURCE_DOES_NOT_EXIST</c>; empty where there is none.</summary>
    public string Code => code;

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsPassing => isPassing;
}
