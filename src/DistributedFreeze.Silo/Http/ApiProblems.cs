using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Silo.Http.Access;
using Microsoft.AspNetCore.Diagnostics;

namespace DistributedFreeze.Silo.Http;

/// <summary>Errors as problem+json (RFC 9457): who asked learns what to mend, and what went wrong within stays within.</summary>
internal sealed class ApiProblems : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            InvalidInputException { Problems: [{ Field: "run" or "run id" }] } conflict => Results.Problem(conflict.Message, statusCode: StatusCodes.Status409Conflict),
            InvalidInputException invalid => Invalid(invalid),
            RunNotFoundException unknown => Results.Problem(unknown.Message, statusCode: StatusCodes.Status404NotFound),
            ForbiddenException forbidden => Results.Problem(forbidden.Message, statusCode: StatusCodes.Status403Forbidden),
            QuotaExceededException exceeded => Results.Problem(exceeded.Message, statusCode: StatusCodes.Status429TooManyRequests),
            BadHttpRequestException bad => Results.Problem(bad.Message, statusCode: bad.StatusCode),
            ClusterUnavailableException or OrleansException or TimeoutException =>
                Results.Problem("The cluster does not answer; what was asked of it may have been done or not.", statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => null,
        };
        if (problem is null)
        {
            return false;
        }

        if (exception is QuotaExceededException)
        {
            context.Response.Headers.RetryAfter = "60"; // runs take minutes at least
        }
        else if (exception is ClusterUnavailableException or OrleansException or TimeoutException)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        await problem.ExecuteAsync(context);
        return true;
    }

    private static IResult Invalid(InvalidInputException invalid) => Results.ValidationProblem(
        invalid.Problems.GroupBy(problem => problem.Field, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(problem => problem.Message).ToArray(), StringComparer.Ordinal),
        detail: invalid.Message,
        title: "What was sent cannot be run; nothing was started.");
}
