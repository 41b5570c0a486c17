namespace DistributedFreeze.Silo.Http;

/// <summary>What HTTP expects of every route beside what it does: HEAD where there is GET, and OPTIONS.</summary>
internal static class ApiMethods
{
    /// <summary>Answers HEAD as GET without its body.</summary>
    public static void AnswerHead(this IEndpointConventionBuilder routes) => routes.Finally(route =>
    {
        if (route.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] })
        {
            route.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        }
    });

    /// <summary>Answers OPTIONS with the methods that a path has: those that routing names when it refuses another one.</summary>
    public static void AnswerOptions(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        var response = context.Response;
        if (HttpMethods.IsOptions(context.Request.Method) && response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            response.StatusCode = StatusCodes.Status204NoContent;
            response.Headers.Allow = $"{response.Headers.Allow}, {HttpMethods.Options}";
        }
    });
}
