"""Tail of the chi-square distribution, by series and continued fraction."""

import math


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return P(X ≥ statistic) for `degrees` degrees of freedom.

    Source: Numerical Recipes, 3rd ed., 6.2 (regularised incomplete gamma function).

    >>> round(chi_square_tail(3.841459, 1), 6), round(chi_square_tail(18.307, 10), 4)
    (0.05, 0.05)
    """
    if degrees < 1 or statistic <= 0:
        return 1.0
    a, x = degrees / 2, statistic / 2
    return 1 - _series(a, x) if x < a + 1 else _fraction(a, x)


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    n = a
    while term > total * 1e-16:
        n += 1
        term *= x / n
        total += term
    return total * math.exp(-x + a * math.log(x) - math.lgamma(a))


def _fraction(a: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    found = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return math.exp(-x + a * math.log(x) - math.lgamma(a)) * found
