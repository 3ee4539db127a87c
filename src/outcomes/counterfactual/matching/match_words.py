"""What a plan's way of matching comes to, in sentences for the method line."""

from __future__ import annotations

from outcomes.contract.plan import EvaluationPlan, MatchTerms
from outcomes.counterfactual.matching.plan_space import needs_score
from outcomes.units import show_exact

__all__ = ["method_words"]

_ORDER = {
    "largest": "largest score first",
    "smallest": "smallest score first",
    "closest": "closest pair first",
    "random": "in random order",
    "data": "in the order of the units",
}
_DISTANCE = {
    "mahalanobis": "the Mahalanobis distance (covariance within groups)",
    "robust mahalanobis": "the robust Mahalanobis distance (on ranks)",
    "scaled euclidean": "the Euclidean distance of standardised covariates",
    "score": "the score",
    "logit score": "its logit",
}


def method_words(plan: EvaluationPlan, terms: MatchTerms, names: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences; `names` are the columns of the score."""
    if terms.method == "exact":
        return (f"Compared within groups that are the same in {', '.join(plan.covariates)}.",)
    if terms.method == "coarsened exact":
        return (f"Compared within groups alike in {', '.join(plan.covariates)}: {_classes(plan, terms)}.",)
    link = terms.score.removesuffix(" propensity")
    sentences = [f"Propensity score: unpenalised {link} on {', '.join(names)}."]
    if terms.method == "subclasses":
        sentences.append(f"Compared within {terms.subclasses} classes of the programme's score.")
        return tuple(sentences)
    if terms.method == "nearest":
        sentences = _nearest(plan, terms, sentences)
    elif terms.method == "optimal":
        sentences.append(f"Pairs with the smallest total distance on {_on(terms)}, {_many(terms)}.")
    else:
        whom = "everyone is used" if terms.caliper is None else "everyone within the caliper is used"
        sentences.append(f"Full matching: sets with the smallest total distance on {_on(terms)}; {whom}.")
    if terms.caliper is not None:
        sentences.append(f"Nobody matched beyond {terms.caliper}.")
    sentences += [f"Nobody matched more than {width} apart in {name}." for name, width in terms.calipers.items()]
    if terms.exact:
        sentences.append(f"Matched only within the same {', '.join(terms.exact)}.")
    return tuple(sentences)


def _nearest(plan: EvaluationPlan, terms: MatchTerms, score: list[str]) -> list[str]:
    ties = {"file": "in the order of the units", "average": "together, each for a part"}.get(
        terms.ties, "by a keyed hash of the id"
    )
    whom = "nearest comparison person" if terms.replace else "nearest free comparison person"
    turn = "with replacement" if terms.replace else f"without replacement, {_ORDER[terms.order]}"
    sentence = (
        f"Each person matched to the {whom} on {_on(terms, plan)}, {_many(terms)}, {turn}; "
        f"equals are taken {ties} (seed {plan.seed})."
    )
    return [*(score if needs_score(terms) else []), sentence]


def _many(terms: MatchTerms) -> str:
    return "one to one" if terms.sets == 1 else f"{terms.sets} for each"


def _on(terms: MatchTerms, plan: EvaluationPlan | None = None) -> str:
    """What distances are measured on."""
    named = terms.distance or (terms.caliper.of if terms.caliper is not None else "score")
    words = _DISTANCE.get(named, "the score")
    if plan is not None and named not in ("score", "logit score"):
        words += f" on {', '.join(terms.distance_on or plan.covariates)}"
    return words


def _classes(plan: EvaluationPlan, terms: MatchTerms) -> str:
    """How covariates are coarsened."""
    parts = [f"{name} in {count} classes" for name, count in terms.bins.items()]
    parts += [
        f"{name} cut at {', '.join(show_exact(point) for point in points)}" for name, points in terms.cut_points.items()
    ]
    return "; ".join([*parts, "other numbers in Sturges' number of classes of equal width"])
