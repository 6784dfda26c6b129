"""Explanations: for each method its words, formula, source and limits, and lines of numpy that give its interval."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlgate.exploring.reproducing import (
    AREA,
    DELONG,
    DELTA,
    GAP,
    GROUPS,
    GROWTH,
    NORMAL,
    OF_CONTRAST,
    SUMS,
    TAILS,
    TANGO,
    WIDENED,
    WILSON,
)
from mlgate.verdict import IDENTICAL


@dataclass(frozen=True)
class Explanation:
    """What a method does; `lines` computes `low` and `high` from a dict `basis`, as evidence has it."""

    words: str
    formula: str = ""
    source: str = ""
    limits: str = ""
    lines: str = ""


CLUSTERS = "With a handful of clusters, or of rows that carry most of the weight, it is rough."
POINTS = "; Hall 1992, JRSS B 54:221, for the points of skewed rows"
INFLUENCE = Explanation(
    "How much each row moves the metric is its influence; the interval has the scatter of the influences."
    " Where few of them carry most of it, the side on which they lie is wider.",
    "value − t₁·s … value + t₂·s, s = √(Σ (w·IF)²) / Σ w, summed by cluster where rows belong together",
    "Hampel 1974, JASA 69:383; Liang and Zeger 1986, Biometrika 73:13" + POINTS,
    CLUSTERS,
    f"{TAILS}{NORMAL}\n{OF_CONTRAST}",
)

EXPLANATIONS: Mapping[str, Explanation] = {
    "Wilson": Explanation(
        "The metric is a proportion; the interval holds the rates that a score test does not reject.",
        "(p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)",
        "Wilson 1927, JASA 22:209; Newcombe 1998, Statistics in Medicine 17:857, method 3",
        "Rows are taken to be independent.",
        f'{WILSON}\n\nlow, high = wilson(basis["successes"], basis["n"])',
    ),
    "Wilson, by Jaccard": Explanation(
        "F1 rises with Jaccard's index J, which is a proportion of the rows that are positive or predicted so.",
        "F1 = 2J/(1 + J), J = tp/(tp + fp + fn), with Wilson's interval for J",
        "Wilson 1927, JASA 22:209",
        "The denominator of J is taken as given, though it moves with the predictions.",
        WILSON
        + '\n\nends = np.array(wilson(basis["tp"], basis["tp"] + basis["fp"] + basis["fn"]))\n'
        + "low, high = 2 * ends / (1 + ends)",
    ),
    "Newcombe 2006, method 5": Explanation(
        "Each end is the area that lies 1.96 of its own standard errors away, by Hanley and McNeil's variance.",
        "|A − θ| = z·√V(θ)",
        "Newcombe 2006, Statistics in Medicine 25:559",
        "It knows the area and the sizes of the classes, not the scores.",
        AREA,
    ),
    "mean": Explanation(
        "The metric is a mean over rows. Where few rows carry most of it, the side on which they lie is wider.",
        "mean − t₁·s/√n … mean + t₂·s/√n, Student's points or further",
        "Student 1908" + POINTS,
        "Losses that no row shows yet are not in it.",
        TAILS + SUMS,
    ),
    "mean difference, paired": Explanation(
        "Each row's loss by one model is compared with the same row's by the other. "
        "Where few rows carry most of the difference, the side on which they lie is wider.",
        "mean(d) − t₁·s(d)/√n … mean(d) + t₂·s(d)/√n; "
        "a relative margin r asks for the upper end of mean(candidate − (1 + r)·baseline)",
        "Student 1908" + POINTS,
        "Losses that no row shows yet are not in it.",
        TAILS
        + SUMS
        + '\nif "contrast" in basis:  # a margin relative to the baseline, whose own error counts\n'
        + '    wide = tails(n - 1, basis["contrast_skewness"])[1] if basis["contrast_se"] else 0\n'
        + '    low = -(basis["contrast"] + wide * basis["contrast_se"]) - finding["margin"]\n'
        + WIDENED,
    ),
    "Tango score, paired": Explanation(
        "Only rows that one model gets right and the other does not carry information. "
        "The interval holds the differences that the score test for paired proportions does not reject.",
        "(b − c − nδ) / √(n(2·p_lost + δ(1 − δ))) = ± 1.96, b rows gained and c lost of n",
        "Tango 1998, Statistics in Medicine 17:891, equations (5) to (8)",
        "Rows are taken to be independent; name a `cluster` where they are not.",
        f"{TANGO}\n{WIDENED}",
    ),
    "DeLong, paired": Explanation(
        "An area is the share of pairs, one row of each class, that the score puts in order. "
        "The placements of the same rows by both models give the standard error of the difference.",
        "ΔA − t₁·s … ΔA + t₂·s, s = √(var(ΔV₁₀)/m + var(ΔV₀₁)/n)",
        "DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837; Sun and Xu 2014, IEEE Signal Proc. Letters 21:1389"
        + POINTS,
        "The standard error is in the evidence, not the placements, which are of every row.",
        f"{TAILS}{DELONG}\n{WIDENED}",
    ),
    "delta method": Explanation(
        "The metric is a smooth function of the confusion table; two wrong rows are added to its variance.",
        "value ± 1.96·√(Σ gradient²)/(n + 2)",
        "Agresti and Min 2005, Statistics in Medicine 24:729, for the added rows",
        "With a handful of rows in a class it is rough.",
        'low, high = max(basis["least"], value - z * basis["se"]), min(basis["most"], value + z * basis["se"])',
    ),
    "delta method, paired": Explanation(
        "The metric's denominator moves with the predictions, so it is no proportion of fixed rows. "
        "Its slope in each joint cell of label and both predictions gives the error of the difference.",
        "Δ ± 1.96·√(Σ cell·slope²)/n, after ½ a row was added for each way to differ",
        "Agresti and Min 2005, Statistics in Medicine 24:729, for the added rows",
        "It is cautious where a handful of rows differ.",
        f"{DELTA}\n{WIDENED}",
    ),
    **{f"influence function{how}": INFLUENCE for how in ("", ", weighted", ", clustered", ", weighted and clustered")},
    "simultaneous lower end, intersection-union upper end": Explanation(
        "The gap is the largest difference between two groups. Its lower end holds for all pairs together, so chance "
        "differences are no gap; its upper end needs no correction, since the widest pair covers itself.",
        "max |d| − c·S … max |d| + 1.96·S over pairs, c of the studentised range",
        "Tukey 1953, Kramer 1956, Hayter 1984; Berger 1982; Agresti and Caffo 2000 for d and S",
        "Which gap is fair is not a statistical question.",
        f"{GROUPS}{GAP}",
    ),
    "paired gap growth": Explanation(
        "Both gaps are of the same people, so most of their noise cancels. A gap is a maximum over pairs of groups; "
        "two bounds that hold where pairs tie are joined.",
        "max c − max b over pairs of groups, see docs/statistics.md",
        "Berger 1982; Agresti and Min 2005; the bounds are mlgate's own, with their simulation in docs/statistics.md",
        "Among several equal groups it is slow to say that a gap grew.",
        f"{GROUPS}{GROWTH}",
    ),
    "debiased, inverted": Explanation(
        "Rows are put into bins by their probability. Even a perfect model differs from what happened in a bin by "
        "chance, so the squares are freed of what chance makes of them; the ends are errors that they do not reject.",
        "√(Σ share·((seen − told)² − chance))",
        "Kumar, Liang and Ma 2019, NeurIPS 32, for taking off the bias",
        "An error within a bin is not seen. The bins are of every row, so the evidence cannot give them again.",
    ),
    "best of the other half, paired": Explanation(
        "The best threshold of each half of the rows is applied to the other half, so that none is judged on rows that "
        "chose it; the loss of the configured one against these is a paired change of the metric.",
        "metric at the best threshold − metric at the configured one, as in `regression`",
        "cross-fitting; the metric's own paired method",
        "The best threshold is itself estimated, from half of the rows.",
    ),
    "deepchecks": Explanation(
        "A condition of one of deepchecks' own suites, with its defaults, run in an environment of its own.",
        source="the suites `data_integrity` and `train_test_validation` of deepchecks",
        limits="Its thresholds are fixed: no interval stands behind them, and they do not look at the number of rows.",
    ),
    "domain classifier": Explanation(
        "A classifier tries to tell rows of the two tables apart by all columns; how well it does is the finding."
    ),
    **{
        measure: Explanation(
            f"The distance of a column's two distributions: {words}. It drifted where that is above the limit and the "
            "p-value survives Holm's procedure over all columns.",
            limits="Rows are taken to be independent draws.",
        )
        for measure, words in {
            "ks": "Kolmogorov and Smirnov's, the largest difference of the shares below any value",
            "total-variation": "total variation, the share of rows that lie elsewhere",
            "jensen-shannon": "Jensen and Shannon's, from the entropies of both and of their mean",
            "psi": "the population stability index, over bins",
            "wasserstein": "Wasserstein's, how far the mass has to move",
            "chi-square": "Cramér's V, of the chi-square statistic",
        }.items()
    },
    IDENTICAL: Explanation(
        "No row is predicted otherwise, or none is ranked otherwise, so the metric cannot differ: it passes without an "
        "interval."
    ),
    "bare value, no interval": Explanation(
        "The value is from a metrics file, without predictions; nothing says how much of it is chance."
    ),
    "bare difference": Explanation(
        "The difference of two metrics files, without predictions; nothing tells chance, so it is not judged."
    ),
}
