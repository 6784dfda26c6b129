"""Counts of weighted or clustered rows, as many as the rows are worth."""

import numpy as np

from mlgate.measuring.joint import Bools, Floats, Joint
from mlgate.statistics.influence import effective_rows


def effective_cells(joint: Joint, column: str, rows: Bools) -> Floats:
    """Counts by (group, baseline positive, candidate positive) of the chosen rows, shape (groups, 2, 2).

    Weighted or clustered rows count as many as Kish's effective number of rows of their group, so that intervals made
    from the counts are as wide as the rows warrant.
    """
    part = joint.where(rows)
    if part.is_simple:
        counts: Floats = part.cells_by(column).sum(axis=1).astype(np.float64)
        return counts
    baseline = part.paired() or part.candidate
    if part.candidate.predicted is None or baseline.predicted is None:
        raise ValueError("predicted classes are needed")
    groups = len(part.columns[column].labels)
    weight = np.ones(part.n) if part.weight is None else part.weight
    codes = part.columns[column].codes
    index = (codes * 2 + baseline.predicted) * 2 + part.candidate.predicted
    sums: Floats = np.bincount(index, weights=weight, minlength=groups * 4).astype(np.float64)
    cells = sums.reshape(groups, 2, 2)
    for group in range(groups):
        inside = codes == group
        if total := float(weight[inside].sum()):
            cluster = None if part.cluster is None else part.cluster[inside]
            cells[group] *= effective_rows(weight[inside], cluster) / total
    return cells
