"""How chance is measured, in plain English, for each `inference: {kind: ...}` of a plan."""

from __future__ import annotations

from outcomes.contract.plan import InferenceTerms
from outcomes.units import show_share

__all__ = ["inference_words"]

_UNEVEN = "people's outcomes may vary more in one group than in the other"
_TOGETHER = "people of one site move together"
_KINDS = {
    "pair-clustered": "people who were matched together move together",
    "hc1": _UNEVEN,
    "hc2": _UNEVEN,
    "hc3": f"{_UNEVEN}, on the careful side where groups are small",
    "abadie-imbens": "the matches could have fallen otherwise",
    "m-estimation": "the score was estimated too",
    "influence": "each person's share in the result is counted, that in the score or the model included",
    "unit-clustered": "the values of one person or place move together over time",
    "placebo-areas": "areas without the programme are treated as if each had had it",
    "published": "the error is what follows from the published figures",
    "sampling_only": "only that of who happened to be counted, not of what else happened to a whole group",
    "site means": f"{_TOGETHER}, and sites are compared as wholes",
    "cr2": f"{_TOGETHER}, corrected for few sites",
    "randomisation": "the draw is made again as it could have fallen",
    "wild bootstrap": f"{_TOGETHER}, and their signs are drawn again",
    "placebo_sites": "sites without the programme are treated as if each had had it",
}


def inference_words(terms: InferenceTerms) -> str:
    """The rule by which chance is measured with its name, the confidence and the sides."""
    confidence = show_share(terms.confidence)
    return f"chance: {_KINDS[terms.kind]} ({terms.kind}), {confidence} confidence, {terms.sides}-sided"
