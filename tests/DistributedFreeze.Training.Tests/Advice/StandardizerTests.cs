namespace DistributedFreeze.Training.Advice;

public sealed class StandardizerTests
{
    /// <summary>scikit-learn 1.2.1: StandardScaler().fit_transform([[1, 5], [2, 5], [4, 5]]).</summary>
    [Fact]
    public void Rows_AreScikitLearns_AndOtherFeaturesAreLeftOut()
    {
        float[][] records = [[9, 1, 5, 7], [3, 2, 5, 7], [8, 4, 5, 1]];
        var standardizer = new Standardizer(records, offset: 1, features: 2);

        var rows = records.Select(record =>
        {
            var row = new double[2];
            standardizer.Write(record, row);
            return row;
        }).ToList();

        Assert.All(new[] { -1.06904497, -0.26726124, 1.33630621 }.Zip(rows), pair => Assert.Equal(pair.First, pair.Second[0], 1e-8));
        Assert.All(rows, row => Assert.Equal(0, row[1]));
    }
}
