"""The evaluation plan: the technical annex that says how the counterfactual is measured.

One `EvaluationPlan` per entry of ``evaluation.yaml``, keyed by its own id.  It is
sealed by hash before outcomes are read.  Plans are plain frozen dataclasses, so a
simulation can make thousands without any file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from outcomes.contract.causal_graph import GraphNotation
from outcomes.contract.check_terms import CheckTerms
from outcomes.contract.did_terms import DidTerms
from outcomes.contract.experiment_terms import ExperimentTerms
from outcomes.contract.level_terms import (
    BaselineTerms,
    BlendPart,
    BlendTerms,
    Mark,
    PublishedFigure,
    PublishedTerms,
)
from outcomes.contract.people_terms import ComparisonTerms, GraphTerms, MatchTerms, WeightTerms
from outcomes.contract.scalars import FORBID, Count, Name, Share, Text
from outcomes.contract.synthetic_terms import SyntheticTerms

__all__ = [
    "BaselineTerms",
    "BlendPart",
    "BlendTerms",
    "ComparisonTerms",
    "DidTerms",
    "EvaluationPlan",
    "ExperimentTerms",
    "GraphTerms",
    "InferenceTerms",
    "Mark",
    "MatchTerms",
    "PublishedFigure",
    "PublishedTerms",
    "SyntheticTerms",
    "WeightTerms",
]

Design = Literal["none", "baseline", "experiment", "matching", "weighting", "did", "synthetic", "published", "blend"]
Adjust = Literal["none", "regression", "bias_corrected", "aipw"]
OutcomeModel = Literal["linear", "logistic", "poisson"]
InferenceKind = Literal[
    "pair-clustered",
    "hc1",
    "hc2",
    "hc3",
    "abadie-imbens",
    "m-estimation",
    "influence",
    "unit-clustered",
    "placebo-areas",
    "published",
    "sampling_only",
    "site means",
    "cr2",
    "randomisation",
    "wild bootstrap",
    "placebo_sites",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceTerms:
    """How sampling error is measured and at which confidence intervals are printed."""

    __pydantic_config__ = FORBID
    kind: InferenceKind
    confidence: Share = Fraction(9, 10)
    sides: Literal["two", "one"] = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPlan:
    """One way of measuring what would have happened anyway.

    ``adjust`` has no default on purpose for the designs that need it: ``none``,
    ``regression`` (g-computation on the matched set), ``bias_corrected`` or, for
    weighting, ``aipw``.  ``outcome_model`` says what the adjustment assumes of the
    outcome; ``exposure`` names the column of time at risk by which counts become rates.
    ``unmatched`` says what people without a match are worth to a clause that
    multiplies by people.  ``cross_check`` sets a machine-learning estimate beside the
    headline; it never pays.  ``refute`` carries the plan out again that many times for each
    of four attempts to refute it.  ``pool`` says how all cohorts together are measured: as one
    comparison, or as the cohorts' own effects weighted by people.  ``checks`` asks for further
    findings beside the effect.
    """

    __pydantic_config__ = FORBID
    id: Name
    metrics: tuple[Name, ...]
    design: Design
    seed: Count = 1
    estimand: Literal["att", "ate", "ato"] = "att"
    comparison: ComparisonTerms | None = None
    covariates: tuple[Text, ...] = ()
    match: MatchTerms | None = None
    weight: WeightTerms | None = None
    did: DidTerms | None = None
    synthetic: SyntheticTerms | None = None
    experiment: ExperimentTerms | None = None
    baseline: BaselineTerms | None = None
    published: PublishedTerms | None = None
    blend: BlendTerms | None = None
    adjust: Adjust | None = None
    outcome_model: OutcomeModel = "linear"
    exposure: Name | None = None
    graph: GraphTerms | None = None
    cross_check: Literal["dr learner"] | None = None
    refute: Count = 0
    checks: CheckTerms | None = None
    unmatched: Literal["pays nothing", "at effect"] = "pays nothing"
    inference: InferenceTerms | None = None
    pool: Literal["reestimate", "weight by people"] = "reestimate"
    defaulted: tuple[str, ...] = field(default=())

    @property
    def drawn(self) -> GraphNotation | None:
        """The plan's causal graph with the names it may use; None where none is drawn."""
        if self.graph is None:
            return None
        adjusted = (*self.covariates, *(self.match.exact if self.match else ()))
        return GraphNotation(self.graph.arrows, self.metrics, adjusted, self.graph.unseen, self.graph.recorded)

    @property
    def of_totals(self) -> bool:
        """True where published totals of groups are compared, and no people."""
        return self.design == "did" and self.did is not None and self.did.data == "group totals"

    @property
    def compares_units(self) -> bool:
        """True where people, or areas, of the people table are compared with others of it."""
        compared = self.design in ("experiment", "matching", "weighting", "did") and not self.of_totals
        return compared or (self.design == "synthetic" and self.synthetic is not None)

    @property
    def level_columns(self) -> tuple[str, ...]:
        """Columns of the people table that a baseline needs: the area, expected outcomes, the model's covariates."""
        terms = self.baseline
        risk = terms.risk if terms else None
        named = (terms.area if terms else None, risk.expected if risk else None)
        return (*(name for name in named if name), *(risk.covariates if risk else ()))

    @property
    def reads_earlier_people(self) -> bool:
        """Whether the comparison group of the people table are the earlier people of a baseline."""
        return self.baseline is not None and self.baseline.earlier_people is not None

    @property
    def confidence(self) -> Fraction:
        """Confidence level of every interval and band of this plan."""
        return self.inference.confidence if self.inference else Fraction(9, 10)
