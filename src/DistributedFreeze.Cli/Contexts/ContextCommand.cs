using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Contexts;

/// <summary><c>dfreeze context</c>: names for clusters, and which of them commands are for.</summary>
internal sealed class ContextCommand(CommandConsole console)
{
    public Command Build() => new("context", "Names clusters, and says which one commands are for.") { List(), Use(), Add(), Remove() };

    private Command List()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else" };
        var command = new Command("list", "Lists the clusters that have names; a star marks the one in use.") { json };
        command.SetAction(parsed =>
        {
            var known = ContextFile.OfUser().Read();
            if (parsed.GetValue(json))
            {
                console.Output.WriteLine(JsonSerializer.Serialize(new { known.Current, known.Contexts }, RunJson.Compact));
            }
            else
            {
                Table(known);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Use()
    {
        var name = Name();
        var command = new Command("use", "Makes commands without --cluster and --context go to this cluster.") { name };
        command.SetAction(parsed => Change(known =>
        {
            var chosen = NameOf(parsed, name);
            known.Get(name.Name, chosen);
            known.Current = chosen;
        }));
        return command;
    }

    private static Command Add()
    {
        var name = Name();
        var cluster = new Option<string>("--cluster") { Description = "Gateways of the cluster, with commas between them", HelpName = "HOST:PORT" };
        var id = new Option<string?>("--cluster-id") { Description = $"The cluster's id, as its silos have it [default: {ClusterContext.DefaultId}]", HelpName = "ID" };
        var command = new Command("add", "Names a cluster, or changes what a name stands for; the first one is used at once.") { name, cluster, id };
        var tls = new TlsAccess(defaults: false);
        tls.AddTo(command);
        command.SetAction(parsed => Change(known =>
        {
            var context = ClusterContext.Of(parsed.GetValue(cluster) ?? "", parsed.GetValue(id), tls.Of(parsed));
            try
            {
                context.Options().Validate();
            }
            catch (InvalidInputException invalid)
            {
                throw ClientTerms.Typed(invalid, cluster.Name);
            }

            known.Contexts[NameOf(parsed, name)] = context;
            known.Current ??= NameOf(parsed, name);
        }));
        return command;
    }

    private static Command Remove()
    {
        var name = Name();
        var command = new Command("remove", "Forgets the name of a cluster.") { name };
        command.SetAction(parsed => Change(known =>
        {
            var chosen = NameOf(parsed, name);
            known.Get(name.Name, chosen);
            known.Contexts.Remove(chosen);
            known.Current = known.Current == chosen ? null : known.Current;
        }));
        return command;
    }

    private static int Change(Action<ContextList> change)
    {
        var file = ContextFile.OfUser();
        var known = file.Read();
        change(known);
        file.Write(known);
        return ExitCode.Ok;
    }

    private static Argument<string?> Name()
    {
        var name = new Argument<string?>("NAME") { Description = "The cluster's name on this machine", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => ContextFile.OfUser().Read().Contexts.Keys);
        return name;
    }

    private static string NameOf(ParseResult parsed, Argument<string?> name) => parsed.GetValue(name) is { Length: > 0 } given
        ? given
        : throw new InvalidInputException(name.Name, "is missing; give a name for the cluster");

    private void Table(ContextList known)
    {
        if (known.Contexts.Count == 0)
        {
            console.Output.WriteLine("No contexts yet; dfreeze context add NAME --cluster HOST:PORT makes one.");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("", "Name", "Gateways", "Cluster id", "TLS");
        foreach (var (name, context) in known.Contexts)
        {
            string[] cells =
            [
                name == known.Current ? "*" : "", name, string.Join(", ", context.Gateways), context.ClusterId ?? ClusterContext.DefaultId,
                context.Tls is null ? "no" : "yes",
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Rich().Write(table);
    }
}
