"""Our estimator as DoWhy's refuters see it: they ask for a fit, and the plan is carried out again.

Lives here: the one class that DoWhy must be able to subclass, which is why DoWhy is imported
at the top; import this module inside the function that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from dowhy.causal_estimator import CausalEstimate, CausalEstimator
from dowhy.causal_identifier import EstimandType, identify_effect_auto
from dowhy.causal_identifier.auto_identifier import BackdoorAdjustment
from dowhy.causal_identifier.identified_estimand import IdentifiedEstimand
from dowhy.graph import build_graph

from outcomes.contract.causal_graph import PROGRAMME
from outcomes.counterfactual.second_look.refit import Refits

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTCOME", "RefitEstimator", "estimate_of", "frame_of_rows"]

OUTCOME = "outcome"
_ROW = "row"


class RefitEstimator(CausalEstimator):  # type: ignore[misc]
    """Carries the plan out again on whatever frame a refuter makes.

    DoWhy copies an estimator to get a fresh one; a copy of ours would copy the cohort, so
    a new one is made instead.  Nothing fitted is kept between two fits.
    """

    def __init__(self, identified_estimand: IdentifiedEstimand, refits: Refits) -> None:
        super().__init__(identified_estimand)
        self._refits = refits
        self._effect_modifier_names: list[str] = []
        self._target_units = "att"
        self._value = float("nan")

    def get_new_estimator_object(self, identified_estimand: IdentifiedEstimand, **_: object) -> RefitEstimator:
        """A fresh estimator for another estimand."""
        return RefitEstimator(identified_estimand, self._refits)

    def fit(self, data: pd.DataFrame, **_: object) -> RefitEstimator:
        """Choose or weight comparison people anew on the rows of `data`, and measure."""
        order = data.sort_values(_ROW)  # a copy, in the order of the units
        known = {_covariate(j) for j in range(len(self._refits.subject.plan.covariates))}
        added = [name for name in self._target_estimand.get_adjustment_set() if name not in known]
        self._value = self._refits.again(
            order[_ROW].to_numpy(dtype=np.int64, copy=True),
            order[self._target_estimand.treatment_variable[0]].to_numpy() == 1,
            {name: order[name].to_numpy(dtype=np.float64, copy=True) for name in added},
        )
        return self

    def estimate_effect(
        self, data: pd.DataFrame, treatment_value: Any = 1, control_value: Any = 0, **_: object
    ) -> CausalEstimate:
        """The difference of the last fit."""
        return estimate_of(self._target_estimand, self, self._value, treatment_value, control_value)


def estimate_of(
    estimand: IdentifiedEstimand,
    estimator: RefitEstimator,
    value: float,
    treatment_value: Any = 1,
    control_value: Any = 0,
) -> CausalEstimate:
    """`value` in DoWhy's form, with the estimator that a refuter is to ask for more."""
    estimate = CausalEstimate(
        data=None,
        treatment_name=estimand.treatment_variable,
        outcome_name=estimand.outcome_variable,
        estimate=value,
        target_estimand=estimand,
        realized_estimand_expr=None,
        control_value=control_value,
        treatment_value=treatment_value,
    )
    estimate.add_estimator(estimator)
    return estimate


def frame_of_rows(refits: Refits) -> tuple[pd.DataFrame, IdentifiedEstimand]:
    """The frame that refuters change, one row for each unit of assignment, and what is to be identified.

    The covariates stand in the estimand by number and not in the frame: a refit takes them
    from the cohort.  The programme is an integer, as DoWhy needs it.
    """
    import pandas as pd

    treated = refits.treated
    frame = pd.DataFrame({_ROW: np.arange(treated.size), PROGRAMME: treated, OUTCOME: 0.0})
    covariates = [_covariate(j) for j in range(len(refits.subject.plan.covariates))]
    graph = build_graph([PROGRAMME], [OUTCOME], common_cause_nodes=covariates)
    estimand = identify_effect_auto(
        graph,
        [PROGRAMME],
        [OUTCOME],
        [PROGRAMME, OUTCOME, *covariates],
        EstimandType.NONPARAMETRIC_ATE,
        backdoor_adjustment=BackdoorAdjustment.BACKDOOR_MAX,
    )
    estimand.set_identifier_method("backdoor")
    return frame, estimand


def _covariate(index: int) -> str:
    return f"c{index}"
