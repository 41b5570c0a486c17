using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Silo.Http;

/// <summary>A key under which a caller submits the same run again where it does not know whether the first answer was lost.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";
    private const int Longest = 255;
    private const int Digits = 32;

    /// <summary>The run's id of a key: always the same one, and another one for another caller.</summary>
    /// <exception cref="InvalidInputException">It is too long.</exception>
    public static string RunId(string key, HttpContext context)
    {
        if (key.Length > Longest)
        {
            throw new InvalidInputException(Header, $"must have at most {Longest} characters, got {key.Length}");
        }

        var caller = Callers.Of(context).Id;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller}\n{key}")))[..Digits];
    }
}
