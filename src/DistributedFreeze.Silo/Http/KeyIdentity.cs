using System.Security.Claims;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>The holder of a key.</summary>
internal sealed class KeyIdentity(Caller caller) : ClaimsIdentity([new(ClaimTypes.Name, caller.Owner!.Name)], ApiKeyHandler.Name)
{
    public Caller Caller { get; } = caller;
}
