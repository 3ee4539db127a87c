"""The wording of reports: result states, ranges first, natural frequencies, what can be said.

Never "no effect", never "inconclusive" alone; result and payment in separate sentences.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from outcomes.band import Band
from outcomes.counterfactual.inference import interval_of
from outcomes.counterfactual.objects import Effect, NotMeasured
from outcomes.counterfactual.words import result_state
from outcomes.money import Money, is_currency
from outcomes.numbers import exact_to_text, show_number
from outcomes.payment.statement import THE_RANGE_CHANGES_NOTHING
from outcomes.units import show_exact

__all__ = [
    "band_sentence",
    "claims_number",
    "day",
    "level_words",
    "money",
    "percent",
    "result_sentences",
    "result_words",
    "share_words",
    "what_can_be_said",
]

Better = Literal["lower", "higher"]

_FOUR_IN_FIVE = Fraction(8416, 10000)
"""The 80 % point of the normal distribution."""

_STATES = {
    "improved": "The result was better than would have happened anyway; chance alone is an unlikely explanation.",
    "worsened": "The result was worse than would have happened anyway; chance alone is an unlikely explanation.",
    "not shown": "This was not statistically significant: chance alone could explain a difference of this size. "
    "It does not mean that the programme did nothing.",
    "not assessable": "How far chance could explain this cannot be said from what is known.",
}


def money(amount: Decimal | Fraction, currency: str) -> str:
    """An amount as it is read: ``£1,871,540.00``."""
    exact = amount if isinstance(amount, Decimal) else Decimal(exact_to_text(_pennies(amount)))
    return str(Money(exact, currency))


def _pennies(amount: Fraction) -> Fraction:
    return Fraction(round(amount * 100), 100)


def claims_number(number: int) -> str:
    """``1 claim``, ``1,200 claims``."""
    return f"{number:,} claim{'' if number == 1 else 's'}"


def day(value: date) -> str:
    """A date as it is read: ``31 March 2022``."""
    from babel.dates import format_date

    return str(format_date(value, "d MMMM y", locale="en_GB"))


def percent(share: Fraction) -> str:
    """A share of one in percent: ``90 %``, ``99.7 %``."""
    return f"{show_number(share * 100, 1)} %"


def band_sentence(band: Band, currency: str) -> str:
    """A band in words, and beside it that it changes nothing; or why there is none."""
    if band.low is None or band.high is None:
        reason = band.reason.rstrip(".")
        return f"{reason[:1].upper()}{reason[1:]}." if band.kind == "count" else f"No range: {reason}."
    only = " It holds the sampling error of people only." if band.kind == "sampling only" else ""
    ends = f"{percent(band.level)} range: {money(band.low, currency)} to {money(band.high, currency)}."
    return f"{ends}{only} {THE_RANGE_CHANGES_NOTHING}"


def level_words(value: Fraction, effect: Effect, unit: str) -> str:
    """A level for a reader: per 100 people for rates, else the number and its unit."""
    levels = [level for level in (effect.treated_level, effect.counterfactual_level) if level is not None]
    if all(0 <= level <= 1 for level in levels) and not unit:
        return f"{show_number(100 * value, 1)} of every 100"
    return _with_unit(value, unit)


def _with_unit(value: Fraction, unit: str) -> str:
    """Money as money, anything else as a number and its unit."""
    return money(value, unit) if is_currency(unit) else f"{show_number(value, 2)} {unit}".strip()


def result_sentences(effect: Effect, better: Better, title: str, unit: str) -> tuple[str, ...]:
    """Levels in natural frequencies, then the range, then significance."""
    sentences = []
    if effect.known == "levels" and effect.counterfactual_level is not None:
        treated = level_words(effect.treated_level, effect, unit)
        other = level_words(effect.counterfactual_level, effect, unit)
        sentences.append(f"{title}: {treated} with the programme; {other} is what would have been expected without it.")
    elif effect.known == "levels":
        sentences.append(f"{title}: {level_words(effect.treated_level, effect, unit)}. No counterfactual was measured.")
    else:
        sentences.append(f"{title}: only the change was published ({effect.source}).")
    sentences.append(_range_sentence(effect, unit))
    sentences.append(_STATES[result_state(effect, better)])
    if result_state(effect, better) == "not shown":
        sentences.append(_what_would_settle_it(effect, unit))
    return tuple(sentences)


def result_words(effect: Effect, better: Better) -> str:
    """The result state as a word for a heading: ``Improved``, ``Not shown``."""
    return result_state(effect, better).capitalize()


def _what_would_settle_it(effect: Effect, unit: str) -> str:
    """The smallest true difference that this many people would show four times in five."""
    interval = interval_of(effect)
    assert interval is not None and effect.standard_error is not None  # not shown means that both are known
    seen = (interval.high - interval.low) / 2 + _FOUR_IN_FIVE * effect.standard_error
    size = _difference(seen, effect, unit).rsplit(" ", 1)[0]
    return (
        f"With this many people a true difference of about {size} would be shown four times in five; "
        "to settle a smaller one needs more people."
    )


def _range_sentence(effect: Effect, unit: str) -> str:
    interval = interval_of(effect)
    if effect.difference is None:
        return "What the programme added was not measured."
    if interval is None:
        reason = effect.variance.reason if isinstance(effect.variance, NotMeasured) else "it has no standard error."
        return (
            f"The difference is {_difference(effect.difference, effect, unit)}; no range can be "
            f"given: {reason.rstrip('.')}."
        )
    low, high = (_difference(end, effect, unit) for end in (interval.low, interval.high))
    return f"Between {low} and {high} than had they not taken part ({percent(interval.confidence)} range)."


def _difference(value: Fraction, effect: Effect, unit: str) -> str:
    direction = "higher" if value >= 0 else "lower"
    size = abs(value)
    if effect.known == "relative":
        return f"{show_number(size * 100, 2)} % {direction}"
    if effect.known == "difference":
        return f"{show_number(size * 100, 2)} percentage points {direction}"
    levels = [level for level in (effect.treated_level, effect.counterfactual_level) if level is not None]
    if all(0 <= level <= 1 for level in levels) and not unit:
        return f"{show_number(size * 100, 1)} percentage points {direction}"
    return f"{_with_unit(size, unit)} {direction}"


def what_can_be_said(effect: Effect, better: Better) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a reader can say of one result, and what not."""
    cannot = ["that the programme would do the same for other people, places or times"]
    if effect.design in ("matching", "weighting", "did", "synthetic"):
        cannot.append("that nothing else differs between the two groups: only what was measured was compared")
    state = result_state(effect, better)
    if state in ("improved", "worsened"):
        can = [
            (
                f"that people like these did {'better' if state == 'improved' else 'worse'} than the "
                "comparison, by more than chance alone makes likely"
            )
        ]
    elif state == "not shown":
        can = ["that a difference was not shown; more people would be needed to tell"]
        cannot.append("that the programme has no result")
    else:
        can = ["what was published or observed"]
        cannot.append("how far chance explains it")
    return tuple(can), tuple(cannot)


def share_words(share: Fraction | None) -> str:
    """A weight of evidence; "not assessable" where no variance was measured."""
    return "not assessable" if share is None else percent(share)


def exact(value: Fraction) -> str:
    """An exact quantity, shortened for a table."""
    return show_exact(value) if value.denominator == 1 else show_number(value, 4)
