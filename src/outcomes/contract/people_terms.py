"""How comparison people are chosen, matched and weighted: the plan's terms for designs with people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from outcomes.contract.scalars import FORBID, Amount, Count, Flag, Measured, Share, Text

__all__ = ["ComparisonTerms", "GraphTerms", "MatchTerms", "WeightTerms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTerms:
    """Who is compared with the programme's people, in words, and when their clock starts.

    ``same_event``: at an event of their own, which the data give (a release, a claim).
    ``risk_set``: on the start day of the person they are matched with, in order of time,
    among those eligible and not yet served.  ``fixed``: on one day for all, in the data.
    """

    __pydantic_config__ = FORBID
    who: Text
    index_date: Literal["same_event", "fixed", "risk_set"] = "same_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchTerms:
    """How matched sets are made.

    ``distance`` is what nearness is measured on; None means the score, or its logit
    where the caliper is of it.  ``distance_on`` names the covariates of a covariate
    distance; all of the plan where empty.  ``caliper`` is in standard deviations of the
    score or of its logit; ``calipers`` are widths on covariates, in their own units or
    in ``sd``; None means no caliper.  ``bins`` and ``cut_points`` coarsen covariates.
    ``ties: keyed`` breaks ties by a keyed hash of the raw id with the plan's seed;
    ``average`` shares a place among all who are equally near (with replacement);
    ``file`` (row order) is for comparing with other software only.
    """

    __pydantic_config__ = FORBID
    method: Literal["nearest", "optimal", "full", "exact", "coarsened exact", "subclasses"] = "nearest"
    score: Literal["logit propensity", "probit propensity"] = "logit propensity"
    distance: Literal["score", "logit score", "mahalanobis", "robust mahalanobis", "scaled euclidean"] | None = None
    distance_on: tuple[Text, ...] = ()
    sets: Count = 1
    replace: Flag = False
    caliper: Measured | None = None
    calipers: dict[Text, Measured] = field(default_factory=dict)
    exact: tuple[Text, ...] = ()
    bins: dict[Text, Count] = field(default_factory=dict)
    cut_points: dict[Text, tuple[Amount, ...]] = field(default_factory=dict)
    subclasses: Count = 5
    order: Literal["largest", "smallest", "closest", "random", "data"] = "largest"
    ties: Literal["keyed", "average", "file"] = "keyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightTerms:
    """How comparison people are weighted to look like the programme's.

    ``moments: 2`` balances variances too, ``interactions`` products of covariates
    (entropy balancing).  ``keep_scores`` leaves out people whose score lies outside the
    two ends, ``cap_weights`` cuts weights at that share of their distribution: nobody
    is left out and nothing is cut unless the plan says so.  ``folds`` cross-fits the
    models of ``adjust: aipw`` in so many parts.
    """

    __pydantic_config__ = FORBID
    kind: Literal["ipw", "entropy"]
    score: Literal["logit propensity", "probit propensity"] = "logit propensity"
    moments: Count = 1
    interactions: Flag = False
    keep_scores: tuple[Share, Share] | None = None
    cap_weights: Share | None = None
    folds: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTerms:
    """What is thought to cause what: arrows such as ``age -> reconvictions``.

    ``programme`` stands for being served, a metric for its outcome, every other name for
    a covariate, for something ``recorded`` that the plan does not adjust for, or for
    something ``unseen``.
    """

    __pydantic_config__ = FORBID
    arrows: tuple[Text, ...]
    unseen: tuple[Text, ...] = ()
    recorded: tuple[Text, ...] = ()
