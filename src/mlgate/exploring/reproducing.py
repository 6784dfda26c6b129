"""Reproducing: lines of numpy that compute `low` and `high` from `basis`, the numbers in a finding's evidence."""

TAILS = """

def tails(degrees, skewness):  # standard errors below and above: Student's point, and Hall's where it lies further
    degrees = max(degrees, 1)
    scaled = z * (8 * degrees + 3) / (8 * degrees + 1)
    point = np.sqrt(degrees * np.expm1(min(scaled**2 / degrees, 700)))
    if abs(skewness) < 1e-6:
        return point, point
    hall = [3 / skewness * (np.cbrt(1 + skewness * (x - skewness / 6)) - 1) for x in (point, -point)]
    return max(point, hall[0]), max(point, -hall[1])


"""
NORMAL = """unseen = z * z / (basis["rows"] + z * z)  # where no row differs: what an unseen share could make of it
least, most = basis.get("least", -np.inf), basis.get("most", np.inf)
below, above = tails(basis["rows"] - 1, basis["skewness"]) if basis["se"] else (0, 0)
low = max(least, value - below * basis["se"]) if basis["se"] else value - unseen * (value - least)
high = min(most, value + above * basis["se"]) if basis["se"] else value + unseen * (most - value)"""
OF_CONTRAST = """if "contrast_se" in basis:  # a margin relative to the baseline, whose own error counts
    below = tails(basis["rows"] - 1, basis["contrast_skewness"])[0] if basis["contrast_se"] else 0
    low = max(least, value - below * basis["contrast_se"]) if basis["contrast_se"] else low"""
WIDENED = """if "change_se" in basis:  # a margin relative to the baseline, whose own error counts
    low = value - np.sqrt(max((value - low) ** 2 + z**2 * (basis["contrast_se"] ** 2 - basis["change_se"] ** 2), 0))"""
WILSON = """def wilson(x, n):
    middle, half = x / n + z * z / (2 * n), z * np.sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n))
    return max(0, (middle - half) / (1 + z * z / n)), min(1, (middle + half) / (1 + z * z / n))
"""
SUMS = """total, squares, n = basis["total"], basis["squares"], basis["n"]
least, most = basis.get("least", -np.inf), basis.get("most", np.inf)
scatter = squares - total**2 / n
se = np.sqrt(scatter / (n - 1) / n) if n > 1 and scatter > 1e-12 * squares else 0
mean, unseen = total / n, z * z / (n + z * z)
below, above = tails(n - 1, basis["skewness"]) if se else (0, 0)
low = max(least, mean - below * se) if se else mean - unseen * (mean - least)
high = min(most, mean + above * se) if se else mean + unseen * (most - mean)"""
TANGO = """b, c, n = basis["gained"], basis["lost"], basis["n"]


def score(d, b, c):  # Tango's statistic, P(lost) at its maximum likelihood if the difference is d
    linear = (2 * n - b + c) * d - b - c
    lost = (np.sqrt(max(0, linear**2 + 8 * n * c * d * (1 - d))) - linear) / (4 * n)
    variance = n * (2 * lost + d * (1 - d))
    return (b - c - n * d) / np.sqrt(variance) if variance > 0 else np.sign(b - c - n * d) * np.inf


def upper(b, c):  # the largest difference that the score test does not reject
    inside, outside = (b - c) / n, 1.0
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if score(middle, b, c) >= -z else (inside, middle)
    return outside


low, high = -upper(c, b), upper(b, c)"""
DELONG = """below, above = tails(basis["degrees"], basis["skewness"])
low, high = max(-1, basis["difference"] - below * basis["se"]), min(1, basis["difference"] + above * basis["se"])"""
AREA = """m, n = basis["positives"], basis["negatives"]


def upper(area):  # the largest area that is at most z of its own standard errors above
    inside, outside = area, 1.0
    for _ in range(60):
        t = (inside + outside) / 2
        terms = (1 - t) / (2 - t) + t / (1 + t)
        variance = t * (1 - t) * (1 + ((m + n) / 2 - 1) * terms) / (m * n)
        inside, outside = (t, outside) if t - area <= z * np.sqrt(variance) else (inside, t)
    return outside


low, high = 1 - upper(1 - basis["area"]), upper(basis["area"])"""
DELTA = """if "se" in basis:  # of several classes
    low = max(basis["least"], value - basis["low_half"])
    high = min(basis["most"], value + z * basis["se"])
else:
    cells = np.array([basis[f"cell_{i:03b}"] for i in range(8)]).reshape(2, 2, 2)  # label, baseline, candidate
    cells = cells + 0.5 * np.array([[0, 1], [1, 0]])  # half a row for each way to differ
    label, of_baseline, of_candidate = np.indices((2, 2, 2))
    influence, centre = 0, 0
    for sign, predicted in ((1, of_candidate), (-1, of_baseline)):
        top = label * predicted * (2 if finding["metric"] == "f1" else 1)
        bottom = predicted + (label if finding["metric"] == "f1" else 0)
        of = (cells * top).sum() / (cells * bottom).sum()
        influence = influence + sign * (top - of * bottom) * cells.sum() / (cells * bottom).sum()
        centre += sign * of
    se = np.sqrt((cells * influence**2).sum()) / cells.sum()
    low, high = max(-1, centre - z * se), min(1, centre + z * se)"""
GROUPS = """def of_groups(name):
    return np.array([basis[f"{name}_{i}"] for i in range(len(basis)) if f"{name}_{i}" in basis])


reference = int(basis["reference"]) if "reference" in basis else None
"""
GAP = """from mlgate.statistics.gaps import gap_interval, gap_of  # studentised range and max-|t|

if "hits_0" in basis:
    low, high = gap_interval(of_groups("hits"), of_groups("rows"), 0.95, reference).interval
elif "log_0" in basis:
    logs = of_groups("log")
    low, high = np.exp(-np.array(gap_of(logs, logs, of_groups("variance"), 0.95, reference).interval))[::-1]
else:
    shrunk = of_groups("shrunk")
    low, high = gap_of(shrunk, shrunk, of_groups("variance"), 0.95, reference).interval"""
GROWTH = """from mlgate.statistics.gap_growth import PairedGroups, growth_of  # two bounds over pairs of groups

names = ["candidate", "baseline", "shrunk_candidate", "shrunk_baseline"]
names += ["candidate_variance", "baseline_variance", "covariance"]
low, high = -np.array(growth_of(PairedGroups(*map(of_groups, names)), 0.95, reference).interval)[::-1]
if "ratio_before" in basis:
    low, high = basis["ratio_before"] * np.expm1([low, high])"""
