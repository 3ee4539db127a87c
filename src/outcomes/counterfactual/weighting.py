"""People weighted to look like those the effect is for: the names that other rooms' files use.

Lives here: nothing of its own.  Weights and what they have in common are in `weights.py`,
inverse propensity in `ipw.py`, entropy balancing in `entropy.py` and
`moment_columns.py`, declared trimming in `trimming.py`.
"""

from __future__ import annotations

from outcomes.counterfactual.entropy import EntropySpec, entropy_levels, entropy_weights
from outcomes.counterfactual.ipw import ipw_levels, ipw_weights, score_influence
from outcomes.counterfactual.moment_columns import moment_columns
from outcomes.counterfactual.trimming import trim_scores, trim_weights
from outcomes.counterfactual.weights import Target, WeightLimits, Weights, WeightSpec

__all__ = [
    "EntropySpec",
    "Target",
    "WeightLimits",
    "WeightSpec",
    "Weights",
    "entropy_levels",
    "entropy_weights",
    "ipw_levels",
    "ipw_weights",
    "moment_columns",
    "score_influence",
    "trim_scores",
    "trim_weights",
]
