namespace DistributedFreeze.Data;

public sealed class SplitFoldersTests
{
    [Theory]
    [InlineData("train val test", "train val test")]
    [InlineData("Train VALID Test other", "Train VALID Test")]
    [InlineData("train validation", "train validation")]
    [InlineData("training validation testing", "training validation testing")]
    [InlineData("train dev", "train dev")]
    [InlineData("training testing", "training testing")]
    [InlineData("training sleeping", "")] // what people do
    [InlineData("dev ops", "")]
    [InlineData("testing", "")]
    [InlineData("train training", "train")]
    [InlineData("trainings tests", "")]
    public void SplitsAreKnownByTheirNames(string folders, string splits) =>
        Assert.Equal(splits, string.Join(' ', SplitFolders.Among(folders.Split(' ')).Keys));

    [Theory]
    [InlineData("train", Split.Train)]
    [InlineData("training", Split.Train)]
    [InlineData("valid", Split.Validation)]
    [InlineData("dev", Split.Validation)]
    [InlineData("testing", Split.Test)]
    public void EachMeansItsOwn(string folder, Split split) =>
        Assert.Equal(split, SplitFolders.Among([folder, split == Split.Train ? "test" : "train"])[folder]);
}
