"""The table of words and sentences from which every report and every heading is made."""

from collections.abc import Mapping
from typing import Literal

from mlgate.evidence import NoteKind, Reason
from mlgate.verdict import Outcome

State = Literal[
    "error", "fail", "not measured", "inconclusive", "warning", "waived", "existing", "info", "not run", "pass"
]  # fmt: skip
STATES: tuple[State, ...] = (
    "error", "fail", "not measured", "inconclusive", "warning", "waived", "existing", "info", "not run", "pass",
)  # fmt: skip
ICONS: Mapping[State, str] = {
    "error": "❌", "fail": "❌", "not measured": "⚠️", "inconclusive": "❔", "warning": "⚠️",
    "waived": "☑️", "existing": "⚪", "info": "ℹ️", "not run": "➖", "pass": "✅",
}  # fmt: skip
VERDICTS: Mapping[Outcome, tuple[str, str]] = {
    "pass": ("✅", "safe to merge"),
    "fail": ("❌", "do not merge"),
    "error": ("❌", "do not merge"),
    "inconclusive": ("❔", "cannot tell"),
    "not-measured": ("⚠️", "not measured"),
}
SENTENCES: Mapping[str, str] = {
    "changed": "{what} {verb} {size}{evidence}",
    "unchanged": "{what} did not change{evidence}",
    "is": "{what} is {value}{evidence}",
    "allowed-change": "{fact}; at most {margin} allowed",
    "allowed-worsening": "{fact}; a {noun} of at most {margin} is allowed",
    "at-most": "{fact}; at most {limit} allowed",
    "at-least": "{fact}; at least {limit} asked for",
    "cannot-tell": "cannot tell: {fact}",
    "too-few": "{fact}; {n} rows are fewer than the {min_rows} asked for",
    "blind": "{fact}; so few rows show only a change of {mde} or more",
    "rows-needed": "{fact}, needs ≈ {rows} rows",
    "training-noise": "{fact}; training the same code again moves it by up to {noise}",
    "suspect": "{fact}; suspect (p = {p}), but not certain among all that are judged together",
    "existing": "{fact}; the baseline has it too",
    "waived": "{fact}; waived",
}
REASONS: Mapping[Reason, str] = {
    "no-baseline": "{what}: there is no baseline yet to compare with",
    "no-access": "{what}: this run may not read the data",
    "baseline-crashed": "cannot tell: the baseline crashed",
    "candidate-crashed": "the candidate crashed",
    "timeout": "{what} was stopped at its time limit",
}
STEPS: Mapping[str, str] = {
    "blocks": "{check}: {fact}",
    "goal": "to pass {rows}: {what}{passes}",
    "goal-unblocks": "{goal}; to stop blocking: {unblocks}",
    "goal-only-unblocks": "to stop blocking: {what}{unblocks}",
    "goal-no-worse": "{goal}; to pass: no worse than the baseline ({baseline}) on these rows",
    "way-out": "{check} — {goal}; or merge a waiver first, in its own pull request",
    "way-out-of": "{check}: {fact} — {goal}",
    "merge": "nothing: merge when you like",
    "missing": "add the check {check} to {config}, or take it out of the policy's required checks",
    "improve": "improve {what} as above, or merge a waiver first, in its own pull request (policy.waivers in {config})",
    "mend": "mend {where} ({what})",
    "mend-data": "mend the data in {data} ({what}), or change the limit at {where} in a change of its own",
    "mend-subject": "mend {what}",
    "collect": "to be certain, judge ≈ {rows} rows",
    "retrain": "to be certain, train both several times and compare those",
    "collect-more": "to be certain, judge more rows",
    "error": "mend what the check {check} met, see its message",
    "no-baseline": "merge this, and the next change is compared with it",
    "no-access": "run it where the data can be read, such as on a branch of the same repository",
    "candidate-crashed": "mend the candidate; its last lines say where it stopped",
    "baseline-crashed": "name another baseline in {config}, or mend this one; its last lines say where it stopped",
    "candidate-silent": "mend the candidate; if it ran out of time: make it faster, or raise environment.timeout"
    " in {config}",
    "baseline-silent": "name another baseline in {config}, or mend this one",
    "timeout": "make it faster, or raise environment.timeout in {config}",
    "again": "then run: {command}",
}
NOTES: Mapping[NoteKind, str] = {
    "bootstrap": "The base has no usable configuration, so this change's own was used, this once",
    "policy-changed": "This change edits the policy{of}; the base's limit was applied",
    "protected-changed": "This change edits what the policy protects{of}; let another person look at it",
    "test-data-changed": "This change edits the test data{of}; both models were judged on the base's rows and on these",
    "shared-environment": "Candidate and baseline ran in one environment, so a change of requirements is not measured",
    "deltas-only": "Only metric values were given, so differences have no interval and chance is not accounted for",
    "check-added": "This change adds the check{of}; the base does not ask for it yet",
    "unlabelled": "Not every test row has a label in its file{of}",
    "reuse": "Evaluation {detail} on this test set, by this machine's history",
    "reuse-spent": "Evaluation {detail} on this test set: its budget is spent, so no improvement is claimed",
    "improvement": "Better than the baseline, also counting how often these rows were judged: {subject} ({detail})",
    "insecure-source": "A table was read over http://, where anybody on the way could change it{of}",
    "held-by-pointer": "The rows of a table were not compared with the base's{of}",
    "left-behind": "The model left processes behind{of}; they were stopped",
}
METRICS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "auc": "AUC",
    "auroc": "AUC",
    "average-precision": "average precision",
    "brier": "Brier score",
    "balanced-accuracy": "balanced accuracy",
    "ece": "calibration error",
    "error-rate": "error rate",
    "f1": "F1",
    "fnr": "false-negative rate",
    "fpr": "false-positive rate",
    "kappa": "kappa",
    "log-loss": "log loss",
    "mae": "MAE",
    "mcc": "MCC",
    "npv": "NPV",
    "ppv": "PPV",
    "precision": "precision",
    "recall": "recall",
    "rmse": "RMSE",
    "selection-rate": "selection rate",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "tnr": "TNR",
    "tpr": "TPR",
    "calibration": "calibration",
    "mean-error": "mean error",
    "mean-score": "mean score",
    "precision-macro": "macro precision",
    "precision-weighted": "weighted precision",
    "precision-micro": "micro precision",
    "recall-macro": "macro recall",
    "recall-weighted": "weighted recall",
    "recall-micro": "micro recall",
    "f1-macro": "macro F1",
    "f1-weighted": "weighted F1",
    "f1-micro": "micro F1",
    "auc-ovr": "one-vs-rest AUC",
    "auc-ovr-weighted": "weighted one-vs-rest AUC",
    "mape": "MAPE",
    "r2": "R²",
    "score": "score",
    "threshold-loss": "loss by the threshold",
    "label shift": "label shift",
    "top-k-accuracy": "top-k accuracy",
    "confusion": "confusion",
    "pinball": "pinball loss",
}
FAMILIES: Mapping[str, str] = {  # of metrics that take an argument
    "top-k-accuracy": "top-{of} accuracy", "confusion": "confusion {of}", "pinball": "pinball loss at {of}",
    "recall": "recall of {of}", "auc-ovr": "AUC of {of}",
}  # fmt: skip
