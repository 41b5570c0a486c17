using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Client.Tests.Http;

public sealed class QuotaOptionsTests
{
    [Fact]
    public void AQuota_IsForANameOrARoleOrEverybody()
    {
        var key = new Caller(CallerRoles.Submitter, new() { Name = "alice" });
        var token = new Caller(CallerRoles.Admin | CallerRoles.Viewer, new() { Name = "auth0|42", Issuer = "https://issuer" });

        Assert.Equal((true, false), Fits(new() { Caller = "alice" }));
        Assert.Equal((false, true), Fits(new() { Caller = "auth0|42" }));
        Assert.Equal((false, true), Fits(new() { Role = CallerRoles.Admin }));
        Assert.Equal((false, false), Fits(new() { Caller = "alice", Role = CallerRoles.Admin }));
        Assert.Equal((true, true), Fits(new()));
        Assert.False(new QuotaOptions().IsFor(Caller.Anyone));

        (bool, bool) Fits(QuotaOptions quota) => (quota.IsFor(key), quota.IsFor(token));
    }

    [Fact]
    public void OfKeys_TheCaseDoesNotCount_AndOfTokensItDoes()
    {
        var quota = new QuotaOptions { Caller = "Alice", Runs = 1 };

        Assert.True(quota.IsFor(new(CallerRoles.Submitter, new() { Name = "alice" })));
        Assert.False(quota.IsFor(new(CallerRoles.Submitter, new() { Name = "alice", Issuer = "https://issuer" })));
    }

    [Fact]
    public void AQuotaForNoKey_IsRefusedByName_WhereNoTokensAreTaken()
    {
        var key = new string('k', 20);
        var options = new ApiOptions
        {
            Callers = new() { ["alice"] = new() { Key = new('a', 20) } },
            Keys = [key],
            Quotas = [new() { Caller = "ALICE", Runs = 1 }, new() { Caller = ApiKeys.NameOf(key), Runs = 1 }, new() { Caller = "alcie", Runs = 1 }, new() { Runs = 1 }],
        };

        Assert.Equal(["Api:Quotas:2:Caller must be a name in Api:Callers, got 'alcie'"], options.Problems("Api"));
        Assert.Empty((options with { Authority = "https://issuer", Audience = "dfreeze" }).Problems("Api"));
    }

    [Fact]
    public void AQuotaThatBoundsNothingOrCannotBe_IsRefusedByName()
    {
        var options = new ApiOptions { Quotas = [new(), new() { Caller = "", Runs = 0 }, new() { Role = CallerRoles.None, HighestPriority = 101 }] };

        Assert.Equal(
            [
                "Api:Quotas:0 must bound something: Runs, Devices or HighestPriority",
                "Api:Quotas:1:Runs must be a whole number from 1 to 1000000, got 0",
                "Api:Quotas:1 must name a caller, a role (viewer, submitter or admin) or neither, for everybody",
                "Api:Quotas:2:HighestPriority must be a whole number from -100 to 100, got 101",
                "Api:Quotas:2 must name a caller, a role (viewer, submitter or admin) or neither, for everybody",
                "Api:Quotas need callers who say who they are: Api:Callers, Api:Keys or Api:Authority",
            ],
            options.Problems("Api"));
    }

    [Fact]
    public void WithoutAQuota_EveryPriorityAndSizeIsTaken()
    {
        var spec = new RunSpec { Data = new() { Path = "d" }, Output = "o", MinReplicas = 64, Phases = [] };

        RunRights.RequireWithinQuota(new(CallerRoles.Submitter, new() { Name = "alice" }), spec, 100);
        RunRights.RequireWithinQuota(new(CallerRoles.Submitter, new() { Name = "alice" }) { Quota = new() { Runs = 1 } }, spec, 100);
        Assert.Throws<ForbiddenException>(() => RunRights.RequireWithinQuota(new(CallerRoles.Submitter, new() { Name = "alice" }) { Quota = new() { Devices = 63 } }, spec, 0));
    }
}
