using System.Collections.Immutable;
using System.Text;
using DistributedFreeze.Errors;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Specs;

public sealed class RunFileProblemTests
{
    [Theory]
    [InlineData("epoch: 5", "phases[1].epoch", "unknown field 'epoch'; did you mean epochs? (run.yaml line 6)")]
    [InlineData("epochs: ten", "phases[1].epochs", "must be a whole number, got 'ten' (run.yaml line 6)")]
    [InlineData("epochs: 1.5", "phases[1].epochs", "must be a whole number, got '1.5' (run.yaml line 6)")]
    [InlineData("epochs:", "phases[1].epochs", "must be a whole number, got nothing (run.yaml line 6)")]
    [InlineData("epochs: [1]", "phases[1].epochs", "must be a whole number, got a list (run.yaml line 6)")]
    [InlineData("epochs: 99999999999", "phases[1].epochs", "must be from -2147483648 to 2147483647, got '99999999999' (run.yaml line 6)")]
    [InlineData("epochs: 0", "phases[1].epochs", "is 0, but must be a whole number from 1 to 10000 (run.yaml line 6)")]
    [InlineData("learning_rate: 0,1", "phases[1].learning_rate", "must be a number, got '0,1' (run.yaml line 6)")]
    [InlineData("learning_rate: .inf", "phases[1].learning_rate", "must be a number, got '.inf' (run.yaml line 6)")]
    [InlineData("learning_rate: -1", "phases[1].learning_rate", "is -1, but must be above 0 and at most 100 (run.yaml line 6)")]
    [InlineData("optimizer: adm", "phases[1].optimizer", "must be sgd, adam or adamw, got 'adm' (run.yaml line 6)")]
    [InlineData("optimizer: { kind: adm }", "phases[1].optimizer.kind", "must be sgd, adam or adamw, got 'adm' (run.yaml line 6)")]
    [InlineData("optimizer: [adam]", "phases[1].optimizer", "must be a group of fields, got a list (run.yaml line 6)")]
    [InlineData("{ optimizer: { learning_rate: 1 }, learning_rate: 2 }", "phases[1].learning_rate", "is given twice: here and in optimizer (run.yaml line 6)")]
    [InlineData("{ epochs: 1, epochs: 2 }", "phases[1].epochs", "is given twice (run.yaml line 6)")]
    [InlineData("{ from: conv1_conv, stage: conv5 }", "phases[1].stage", "cannot stand beside phases[1].from; a phase says once which layers train (run.yaml line 6)")]
    [InlineData("layers: conv5_*", "phases[1].layers", "must be a list of texts, got 'conv5_*' (run.yaml line 6)")]
    [InlineData("unfreeze: most", "phases[1].unfreeze", "must be none or all, got 'most' (run.yaml line 6)")]
    [InlineData("just text", "phases[1]", "must be a group of fields, got 'just text' (run.yaml line 6)")]
    public void Parse_NamesFieldFaultAndLine(string phase, string field, string message)
    {
        var problem = Assert.Single(Problems(TwoPhases(phase)));

        Assert.Equal(new Problem(field, message), problem);
    }

    [Theory]
    [InlineData("data: {\npath: x")]
    [InlineData("phases: [\nepochs: 1")]
    public void Parse_RefusesABraceThatIsNotClosed(string yaml) =>
        Assert.Contains("is not valid YAML", Assert.Throws<InvalidInputException>(() => RunFile.Parse(new StringReader(yaml), "body")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_OfDamagedYaml_ReadsOrRefuses()
    {
        const string Whole = "data:\n  path: x\n  image_size: 64\nphases:\n  - epochs: 3\n    freeze: {stage: conv5}\noutput: o\nseed: 5 # x\n";
        const string Bytes = "{}[]:-?*&!|>'\"%@`#,\n\t \0\u0085x0";
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var damaged = new StringBuilder(Whole);
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                damaged.Remove(random.Next(damaged.Length), random.Next(2)).Insert(random.Next(damaged.Length), Bytes[random.Next(Bytes.Length)]);
            }

            try
            {
                RunFile.Parse(new StringReader(damaged.ToString()), "body");
            }
            catch (InvalidInputException)
            {
                // the documented exception, and no other
            }
        }
    }

    [Theory]
    [InlineData("from: conv5_blok1_1_conv", "phases[1].from", "conv5_block1_1_conv")]
    [InlineData("stage: conv6", "phases[1].stage", "conv5")]
    [InlineData("layers: [conv5_blok1_out]", "phases[1].layers", "conv5_block1_out")]
    [InlineData("unfreeze_layers: 176", "phases[1].unfreeze_layers", "175")]
    [InlineData("freeze: all", "phases[1].freeze", "unfreeze: none")]
    public void Parse_BlamesTheFreezeFormThatWasWritten(string phase, string field, string hint)
    {
        var problem = Assert.Single(Problems(TwoPhases(phase)));

        Assert.Equal(field, problem.Field);
        Assert.Contains(hint, problem.Message, StringComparison.Ordinal);
        Assert.EndsWith("(run.yaml line 6)", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("augment: { flipp: 1 }", "data.augment.flipp", "unknown field 'flipp'; did you mean flip?")]
    [InlineData("augment: { flip: often }", "data.augment.flip", "must be a number, got 'often'")]
    [InlineData("augment: { views: 1.5 }", "data.augment.views", "must be a whole number, got '1.5'")]
    [InlineData("augment: strong", "data.augment", "must be a group of fields, got 'strong'")]
    [InlineData("augment: { flip: 2 }", "data.augment.flip", "is 2, but must be 0 to 1")]
    [InlineData("augment: { crop_scale: 0 }", "data.augment.crop_scale", "is 0, but must be above 0 and at most 1")]
    [InlineData("augment: { flip: 0.5, views: 1001 }", "data.augment.views", "is 1001, but must be a whole number from 1 to 1000")]
    public void Parse_NamesWhatIsWrongWithAugmentation(string line, string field, string message)
    {
        var problem = Assert.Single(Problems($"data:\n  path: images\n  {line}\noutput: out\nphases: [ {{}} ]"));

        Assert.Equal(new Problem(field, message + " (run.yaml line 3)"), problem);
    }

    [Theory]
    [InlineData("type: fp64", "features.type", "must be fp32, fp16 or bf16, got 'fp64'")]
    [InlineData("engine: tensorflow", "features.engine", "must be onnx or torch, got 'tensorflow'")]
    [InlineData("cache: yes", "features.cache", "must be auto, on or off, got 'yes'")]
    [InlineData("memory: much", "features.memory", "must be a number of bytes, or one with K, M, G or T behind it such as 512M or 4G, got 'much'")]
    [InlineData("memory: 1,5G", "features.memory", "must be a number of bytes, or one with K, M, G or T behind it such as 512M or 4G, got '1,5G'")]
    [InlineData("memory: G", "features.memory", "must be a number of bytes, or one with K, M, G or T behind it such as 512M or 4G, got 'G'")]
    [InlineData("disk: 9999999999T", "features.disk", "must be a number of bytes, or one with K, M, G or T behind it such as 512M or 4G, got '9999999999T'")]
    [InlineData("disk: -1", "features.disk", "is -1, but must be a whole number from 0 to 1125899906842624")]
    [InlineData("memory: 1025T", "features.memory", "is 1126999418470400, but must be a whole number from 0 to 1125899906842624")]
    [InlineData("keep: on", "features.keep", "unknown field 'keep'; the fields here are type, engine, provider, cache, directory, memory, disk")]
    public void Parse_NamesWhatIsWrongWithFeatures(string line, string field, string message)
    {
        var problem = Assert.Single(Problems($"data: {{ path: images }}\nfeatures:\n  {line}\noutput: out\nphases: [ {{}} ]"));

        Assert.Equal(new Problem(field, message + " (run.yaml line 3)"), problem);
    }

    [Fact]
    public void Parse_CollectsAllUnknownFieldsAndWrongTypes()
    {
        var problems = Problems("""
            data: { pfad: images, image_size: big }
            batchsize: 32
            phases: [ { epochs: x } ]
            """);

        Assert.Equal(
            ["data.path", "data.image_size", "data.pfad", "phases[0].epochs", "output", "batchsize"],
            problems.Select(problem => problem.Field));
    }

    [Fact]
    public void Parse_CollectsAllValuesOutOfRange()
    {
        var problems = Problems("""
            data: { path: images, image_size: 1 }
            output: out
            batch_size: 30
            phases: [ { epochs: 0 } ]
            """);

        Assert.Equal(["data.image_size", "phases[0].epochs", "batch_size"], problems.Select(problem => problem.Field));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment")]
    [InlineData("---")]
    public void Parse_RefusesAnEmptyFile(string yaml)
    {
        Assert.Equal("run.yaml: is empty", Assert.Single(Problems(yaml)).ToString());
    }

    [Theory]
    [InlineData("phases: []", "phases", "must list at least one phase (run.yaml line 3)")]
    [InlineData("phases: 5", "phases", "must be a list of groups of fields, got '5' (run.yaml line 3)")]
    [InlineData("seed: 1", "phases", "must list at least one phase")]
    public void Parse_RefusesARunWithoutPhases(string line, string field, string message)
    {
        Assert.Equal(new Problem(field, message), Assert.Single(Problems($"data: {{ path: images }}\noutput: out\n{line}")));
    }

    [Theory]
    [InlineData("a: b: c", "line 1, column 5: is not valid YAML")]
    [InlineData("phases:\n  - epochs: 1\n a: [", "line 3, column 2: is not valid YAML")]
    [InlineData("a: 1\n---\nb: 2", "line 2, column 1: a second document starts here")]
    [InlineData("a: &x [1]\nb: *x", "line 2, column 4: aliases")]
    [InlineData("? [a]\n: 1", "line 1, column 3: a field's name must be a plain word")]
    [InlineData("- 1", "must hold fields such as 'phases:', got a list")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "line 1, column 18: is nested more than 16 deep")]
    public void Parse_NamesThePlaceOfAMistakeInYaml(string yaml, string message)
    {
        var problem = Assert.Single(Problems(yaml));

        Assert.Equal("run.yaml", problem.Field);
        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesManyAliasesBeforeTheyGrow()
    {
        var bomb = new StringBuilder("a0: &a0 [x]\n");
        for (var level = 1; level < 40; level++)
        {
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n");
        }

        Assert.Contains("aliases", Assert.Single(Problems(bomb.ToString())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesMoreThanAMegabyte()
    {
        Assert.Contains("larger than 1 MB", Assert.Single(Problems(new string('#', (1 << 20) + 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NamesAFileThatIsMissingAFolderOrNoText()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var binary = Path.Combine(folder.FullName, "binary.yaml");
            File.WriteAllBytes(binary, [0xFF, 0xC0, 0x80]);
            var missing = Path.Combine(folder.FullName, "missing.yaml");

            Assert.Equal($"{missing}: there is no such file", Read(missing));
            Assert.Equal($"{folder.FullName}: is a folder, not a run file", Read(folder.FullName));
            Assert.Equal($"{binary}: is not text in UTF-8", Read(binary));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static string Read(string path) => Assert.Throws<InvalidInputException>(() => RunFile.Read(path)).Message;
    }

    private static string TwoPhases(string phase) => $"data: {{ path: images }}\noutput: out\nphases:\n  - epochs: 1\n\n  - {phase}\n";

    private static ImmutableArray<Problem> Problems(string yaml) =>
        Assert.Throws<InvalidInputException>(() => RunFile.Parse(new StringReader(yaml), "run.yaml")).Problems;
}
