// Checks run files, as a pre-commit hook or an admission check would: no cluster, no images, nothing that trains.
using System;
using DistributedFreeze.Errors;
using DistributedFreeze.Specs;

var wrong = 0;
foreach (var path in args)
{
    try
    {
        var spec = RunFile.Read(path);
        Console.WriteLine($"{path}: right, {spec.Phases.Length} phases");
    }
    catch (InvalidInputException refused)
    {
        foreach (var problem in refused.Problems)
        {
            Console.Error.WriteLine($"{path}: {problem}");
        }

        wrong++;
    }
}

return wrong == 0 ? 0 : 2;
