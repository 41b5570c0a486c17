using System.Text.Json;
using System.Text.Json.Nodes;

namespace DistributedFreeze.Evaluation;

/// <summary>scikit-learn's answers to our questions, where a Python has it.</summary>
internal static class ScikitLearn
{
    private const string Script = """
        import json, sys, warnings
        import numpy as np
        from sklearn import metrics as m
        warnings.simplefilter("ignore")

        def one(case):
            y, p = np.array(case["truths"]), np.array(case["probabilities"], dtype=np.float64)
            n, labels = p.shape[1], np.arange(p.shape[1])
            a = p.argmax(axis=1)
            hot = np.eye(n)[y]
            each = m.precision_recall_fscore_support(y, a, labels=labels, zero_division=0)
            macro = m.precision_recall_fscore_support(y, a, average="macro", zero_division=0)
            weighted = m.precision_recall_fscore_support(y, a, average="weighted", zero_division=0)
            areas = [m.roc_auc_score(hot[:, c], p[:, c]) if 0 < hot[:, c].sum() < len(y) else None for c in labels]
            k = max(1, min(5, n - 1))
            whole = set(y) == set(labels) and np.allclose(p.sum(axis=1), 1, rtol=1e-9)
            bins = np.digitize(p.max(axis=1), np.linspace(0, 1, 16), right=True) - 1
            right = a == y
            gaps = [abs(right[bins == b].mean() - p.max(axis=1)[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
            return {
                "accuracy": m.accuracy_score(y, a),
                "balanced": m.balanced_accuracy_score(y, a),
                "loss": m.log_loss(y, p, labels=labels),
                "topK": m.top_k_accuracy_score(y, p, k=k, labels=labels) if n > 2 else None,
                "precision": list(each[0]), "recall": list(each[1]), "f1": list(each[2]), "support": [int(s) for s in each[3]],
                "macro": list(macro[:3]), "weighted": list(weighted[:3]),
                "areas": areas,
                "macroArea": m.roc_auc_score(y, p, multi_class="ovr", labels=labels) if n > 2 and whole else None,
                "confusion": m.confusion_matrix(y, a, labels=labels).tolist(),
                "brier": ((p - hot) ** 2).sum(axis=1).mean(),
                "binaryBrier": m.brier_score_loss(y, p[:, 1]) if n == 2 and whole else None,
                "calibration": sum(gaps),
            }

        json.dump([one(case) for case in json.load(sys.stdin)], sys.stdout)
        """;

    /// <summary>What scikit-learn says of each evaluation's images; skips the test where no Python has it.</summary>
    public static IReadOnlyList<JsonNode> Score(IEnumerable<ClassifierEvaluation> evaluations)
    {
        var cases = evaluations.Select(evaluation => new
        {
            truths = evaluation.Images.Select(image => image.Class),
            probabilities = evaluation.Images.Select(image => image.Probabilities.Select(probability => (double)probability)),
        });
        var answer = Python.Run("sklearn", "python3-sklearn", Script, JsonSerializer.Serialize(cases));
        return [.. JsonNode.Parse(answer)!.AsArray().Select(node => node!)];
    }
}
