"""Which units move together: matched sets, and entries of one person.

Lives here: the labels.  Does not live here: how sets are made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.objects import PeopleComparison

__all__ = ["pair_labels"]


def pair_labels(comparison: PeopleComparison) -> NDArray[np.int64]:
    """Which units move together, shape (n,): the code of the set's programme person; else the own code.

    Codes mean the same in every comparison of one run, so that the labels of two plans
    can be set side by side.  Somebody who waits as a comparison person in one set and is
    served in another joins the two.
    """
    labels = np.arange(comparison.treated.size, dtype=np.int64)
    paired = comparison.sets >= 0
    heads = np.flatnonzero(paired & comparison.treated)
    if heads.size:
        head_of = np.zeros(int(comparison.sets.max()) + 1, dtype=np.int64)
        head_of[comparison.sets[heads]] = heads
        labels[paired] = head_of[comparison.sets[paired]]
    return labels if comparison.person is None else _joined(labels, comparison.person, paired)


def _joined(labels: NDArray[np.int64], person: NDArray[np.int32], used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Labels (n,) under which sets that share a person are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    at = np.flatnonzero(used)
    n = labels.size
    # Sets and persons are the nodes, entries the links between them.
    links = coo_array((np.ones(at.size), (labels[at], n + person[at])), shape=(n + int(person.max()) + 1,) * 2)
    group = connected_components(links, directed=False)[1]
    first = np.full(int(group.max()) + 1, n, dtype=np.int64)
    np.minimum.at(first, group[labels[at]], labels[at])
    joined = labels.copy()
    joined[at] = first[group[labels[at]]]
    return joined
