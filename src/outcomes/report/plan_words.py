"""An evaluation plan in plain English: its design, and every setting that decides the number.

Lives here: what was agreed.  Does not live here: what was done in one run
(`counterfactual/matching/match_words.py` and the method lines of effects).
"""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.contract.plan import EvaluationPlan, ExperimentTerms, MatchTerms, SyntheticTerms, WeightTerms
from outcomes.report.clause_words import comparison_words
from outcomes.report.did_words import did_words
from outcomes.report.inference_words import inference_words
from outcomes.report.level_words import level_settings
from outcomes.units import show_exact, show_share

__all__ = ["plan_words"]

_DESIGNS = {
    "none": "No comparison is made; the level is taken as it is observed",
    "baseline": "The result is compared with {who}",
    "experiment": "People were assigned by chance; the programme's people are compared with {who}",
    "matching": "Each person is paired with a similar person among {who}",
    "weighting": "The programme's people are compared with {who}, weighted to be alike",
    "did": "The change among the programme's people is compared with the change among {who}",
    "synthetic": "The result is compared with a weighted mix of {who}, made to follow the same path before the start",
    "published": "The result is taken as it was published; the comparison is {who}",
    "blend": "Other plans of this annex are taken together",
}
_STARTS = {
    "risk_set": "comparison people start on the day of the person they are matched with, among those who could have "
    "been served that day and were not yet",
    "fixed": "everyone starts on one day that the data give",
}
_WHOM = {
    "ate": "the effect is on everyone in either group",
    "ato": "the effect is on people who could be in either group, those near even odds most",
}
_DISTANCES = {
    "score": "the score",
    "logit score": "the logit of the score",
    "mahalanobis": "the Mahalanobis distance",
    "robust mahalanobis": "the Mahalanobis distance of ranks",
    "scaled euclidean": "the distance of standardised covariates",
}
_ORDERS = {
    "largest": "largest score first",
    "smallest": "smallest score first",
    "closest": "closest pair first",
    "random": "in random order",
    "data": "in the order of identifiers",
}
_MODELS = {"logistic": "a logistic model of the outcome", "poisson": "a Poisson model of the outcome"}


def plan_words(plan: EvaluationPlan) -> str:
    """One plan as a paragraph."""
    sentence = _DESIGNS[plan.design].format(who=comparison_words(plan))
    parts = [f"{plan.id}: {sentence}."]
    if plan.baseline:
        parts.append(f"Source of the level: {plan.baseline.source}.")
    if settings := list(_settings(plan)):
        parts.append(f"Settings: {'; '.join(settings)}.")
    return " ".join(parts)


def _settings(plan: EvaluationPlan) -> Iterator[str]:
    """What an analyst needs besides; each decides the number."""
    if plan.comparison and plan.comparison.index_date in _STARTS:
        yield _STARTS[plan.comparison.index_date]
    if plan.estimand in _WHOM:
        yield _WHOM[plan.estimand]
    if plan.covariates:
        yield f"people are alike in {', '.join(plan.covariates)}"
    if plan.match:
        yield from _matching(plan.match)
        yield f"people without a match: {plan.unmatched}"
    if plan.weight:
        yield from _weighting(plan.weight)
    if plan.did:
        yield from did_words(plan.did)
    if plan.synthetic:
        yield from _areas(plan.synthetic)
    if plan.experiment:
        yield from _experiment(plan.experiment)
    yield from level_settings(plan)
    yield from _model(plan)
    if plan.inference:
        yield inference_words(plan.inference)
    yield from _beside(plan)


def _experiment(terms: ExperimentTerms) -> Iterator[str]:
    if terms.strata:
        yield f"drawn and compared within strata of {', '.join(terms.strata)}"
    if terms.received:
        yield f"who was served in the end is read from {terms.received}"
    if terms.effect == "compliers":
        yield "the effect is on those who received because they were assigned; where people count, they alone do"


def _matching(terms: MatchTerms) -> Iterator[str]:
    if terms.method == "exact":
        yield "compared with everyone who is the same in all of these"
        return
    if terms.method == "coarsened exact":
        yield "compared with everyone in the same class of all of these"
        yield from (f"{name} in {count} classes of equal width" for name, count in terms.bins.items())
        yield from (f"{name} cut at {', '.join(map(show_exact, points))}" for name, points in terms.cut_points.items())
        yield "other numbers in classes by Sturges' rule, words as they stand"
        return
    if terms.method == "subclasses":
        yield f"compared within {terms.subclasses} classes of {terms.score}, ties {terms.ties}"
        return
    yield _sets(terms)
    yield from (f"never more than {width} apart in {name}" for name, width in terms.calipers.items())
    if terms.exact:
        yield f"matched only within the same {', '.join(terms.exact)}"


def _sets(terms: MatchTerms) -> str:
    """How sets are made, in one line."""
    caliper = f"no further apart than {terms.caliper}" if terms.caliper else "however far apart"
    if terms.method == "full":
        return f"everyone in a set by {terms.score}, at the smallest total distance, {caliper}, ties {terms.ties}"
    if terms.method == "optimal":
        return f"{terms.sets}:1 by {terms.score}, at the smallest total distance, {caliper}, ties {terms.ties}"
    replace = "with replacement" if terms.replace else f"without replacement, {_ORDERS[terms.order]}"
    by: str = terms.score
    if terms.distance is not None:
        on = f" of {', '.join(terms.distance_on)}" if terms.distance_on else ""
        by = f"{_DISTANCES[terms.distance]}{on}"
        by += f" ({terms.score})" if terms.distance in ("score", "logit score") else ""
    return f"{terms.sets}:1 by {by}, {replace}, {caliper}, ties {terms.ties}"


def _weighting(terms: WeightTerms) -> Iterator[str]:
    if terms.kind == "entropy":
        what = "means and variances" if terms.moments == 2 else "means"
        products = " and the means of all products of two" if terms.interactions else ""
        yield f"weights that make {what}{products} equal (entropy balancing)"
        return
    yield f"weights from {terms.score} (ipw)"
    if terms.keep_scores is not None:
        low, high = map(show_share, terms.keep_scores)
        yield f"only people with a score from {low} to {high}, and the score fitted again on them"
    if terms.cap_weights is not None:
        yield f"weights above {show_share(terms.cap_weights)} of all weights are set to that one"


def _areas(terms: SyntheticTerms) -> Iterator[str]:
    span = f"{len(terms.periods)} periods from {terms.periods[0]}"
    yield f"{terms.method} over {span}; the programme from {terms.start} on"
    if terms.anticipation:
        yield f"{terms.anticipation} periods before it are left out, as it may have been felt already"
    yield f"other areas stand in for the programme's to measure chance, {terms.placebos} draws where they are drawn"


def _model(plan: EvaluationPlan) -> Iterator[str]:
    """What is done after the comparison is fixed."""
    folds = f", in {plan.weight.folds} parts" if plan.weight and plan.weight.folds else ""
    if plan.adjust:
        how = "taking out the bias of unlike pairs (bias_corrected)" if plan.adjust == "bias_corrected" else plan.adjust
        yield f"adjusted by {how}{folds}" if plan.adjust != "none" else "not adjusted further"
    if plan.outcome_model in _MODELS and (plan.adjust == "regression" or plan.exposure):
        yield _MODELS[plan.outcome_model]
    if plan.exposure:
        yield f"counts are divided by the time at risk ({plan.exposure})"


def _beside(plan: EvaluationPlan) -> Iterator[str]:
    """What is shown beside the effect and never pays."""
    if plan.graph:
        unseen = f"; unseen: {', '.join(plan.graph.unseen)}" if plan.graph.unseen else ""
        yield f"thought to cause what: {', '.join(plan.graph.arrows)}{unseen}"
    if plan.cross_check:
        yield f"beside it, for comparison only: a second estimate ({plan.cross_check})"
    if plan.refute:
        yield f"beside it, for comparison only: {plan.refute} refits that should find nothing or the same"
