"""Writes scores.txt beside this script: what scikit-learn computes of made-up predictions.

Usage:  python make_scores.py        (needs scikit-learn, and PyTorch for make_golden; written with 1.9.1 and 2.13.0)
"""

import numpy
import sklearn
import torch
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from make_golden import Golden


def classes(golden, name, logits, labels, known):
    """Figures of rows of outputs, of which one alone is a logit of class 1."""
    golden.add(f"{name}.outputs", torch.tensor(logits, dtype=torch.float32))
    golden.add(f"{name}.labels", torch.tensor(labels))
    logits = torch.tensor(logits, dtype=torch.float32).double().numpy()
    probabilities = torch.softmax(torch.tensor(logits), 1).numpy() if logits.shape[1] > 1 else logits
    predicted = logits.argmax(1) if logits.shape[1] > 1 else (logits[:, 0] > 0).astype(int)
    everything = dict(labels=list(range(known)), zero_division=0)
    golden.add(f"{name}.classes", torch.tensor(numpy.stack(
        [row.astype(float) for row in metrics.precision_recall_fscore_support(labels, predicted, **everything)])))
    for average in ("macro", "weighted"):
        golden.add(f"{name}.{average}", torch.tensor([float(x) for x in metrics.precision_recall_fscore_support(
            labels, predicted, average=average, zero_division=0)[:3]], dtype=torch.float64))
    golden.add(f"{name}.accuracy", torch.tensor(metrics.accuracy_score(labels, predicted), dtype=torch.float64))
    binary = logits.shape[1] < 3
    auc = metrics.roc_auc_score(labels, probabilities[:, -1]) if binary else metrics.roc_auc_score(
        labels, probabilities, multi_class="ovr", average="macro")
    golden.add(f"{name}.auc", torch.tensor(auc, dtype=torch.float64))
    if logits.shape[1] > 5:
        golden.add(f"{name}.top5", torch.tensor(
            metrics.top_k_accuracy_score(labels, logits, k=5, labels=list(range(known))), dtype=torch.float64))


def regression(golden, name, predicted, truth):
    golden.add(f"{name}.outputs", torch.tensor(predicted, dtype=torch.float32))
    golden.add(f"{name}.targets", torch.tensor(truth, dtype=torch.float32))
    predicted, truth = (numpy.float64(numpy.float32(x)) for x in (predicted, truth))
    for figure, value in [
        ("r2", metrics.r2_score(truth, predicted)),
        ("mae", metrics.mean_absolute_error(truth, predicted)),
        ("rmse", metrics.root_mean_squared_error(truth, predicted)),
    ]:
        golden.add(f"{name}.{figure}", torch.tensor(value, dtype=torch.float64))
    for figure, function in [
        ("r2", metrics.r2_score), ("mae", metrics.mean_absolute_error), ("rmse", metrics.root_mean_squared_error),
    ]:
        golden.add(f"{name}.{figure}.each", torch.tensor(function(truth, predicted, multioutput="raw_values")))


def main():
    golden = Golden("scores")
    golden.lines = [f"# written by make_scores.py with scikit-learn {sklearn.__version__}; do not edit"]
    random = numpy.random.RandomState(5)
    labels = random.randint(0, 7, 60)
    # one class is never predicted, and some outputs are equal
    logits = numpy.round(random.randn(60, 7) + 1.2 * numpy.eye(7)[labels], 1)
    logits[:, 4] -= 20
    classes(golden, "seven", logits, labels, 7)
    labels = (random.rand(50) < 0.3).astype(int)
    classes(golden, "two", numpy.round(random.randn(50, 2) + numpy.eye(2)[labels], 1), labels, 2)
    classes(golden, "one", numpy.round(random.randn(50, 1) + labels[:, None] - 0.5, 1), labels, 2)
    truth = random.randn(40, 2) * [3, 50] + [10, 1000]
    regression(golden, "values", truth + random.randn(40, 2) * [1, 70], truth)
    labels, weights = random.randint(0, 3, 20), numpy.round(5 * random.rand(20), 2)
    golden.add("balanced.labels", torch.tensor(labels))
    golden.add("balanced.samples", torch.tensor(weights, dtype=torch.float64))
    golden.add("balanced.plain", torch.tensor(compute_class_weight("balanced", classes=numpy.arange(3), y=labels)))
    golden.add("balanced.weighted", torch.tensor(
        compute_class_weight("balanced", classes=numpy.arange(3), y=labels, sample_weight=weights)))
    golden.write()


if __name__ == "__main__":
    main()
