"""From one version of a contract to another, part by part: contracts between the two that nobody signed.

Each of them differs from the one before by one named part, so that the price of the same
evidence under both is the money of that part.  What this file does not know by name comes
last, as other terms, and is never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from outcomes.contract.clauses import PaymentClause
from outcomes.contract.load import Contract
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.money import Money
from outcomes.numbers import exact_to_text
from outcomes.run.reconciliation import TermChange

__all__ = ["ContractStep", "contract_steps", "term_changes"]

PRICES, COUNTED, CONDITIONS = "Prices", "What is counted", "Conditions and thresholds"
LIMITS, REDUCTIONS, ROUNDING, OTHER = "Limits and caps", "Reductions", "Rounding", "Other terms"

_PARTS = {
    "pay": PRICES,
    "indexed": PRICES,
    "priced_in": PRICES,
    "present_value": PRICES,
    "only_if": CONDITIONS,
    "when": CONDITIONS,
    "unless_paid_by": CONDITIONS,
    "limits": LIMITS,
    "less": LIMITS,
    "payers": LIMITS,
    "reduce_by": REDUCTIONS,
}
_WHOLE = ("measure", "pay_for", "for_", "for_each", "from_", "until")
"""Where one of these differs, price and threshold may be in another unit: the clause changes as a whole."""

_NAMES = {
    "pay": "price",
    "when": "table of conditions and prices",
    "only_if": "condition",
    "reduce_by": "reduction",
    "for_": "whom it is for",
    "from_": "first day",
    "until": "last day",
    "pay_for": "what is counted",
    "measure": "what is measured",
    "clause": "reference to the signed contract",
}
_LINE_RULES = {
    "price": PRICES,
    "maximum_outcomes": LIMITS,
    "maximum_amount": LIMITS,
}


@dataclass(frozen=True, slots=True)
class ContractStep:
    """The contract after one more part has changed."""

    stage: str
    label: str
    contract: Contract


def contract_steps(a: Contract, b: Contract) -> Iterator[ContractStep]:
    """Contracts from `a` to `b`, each with one more part of `b`; the last one is `b`."""
    current = a
    for stage, label, made in _all_steps(a, b):
        contract = made(current)
        if contract != current:
            yield ContractStep(stage, label, contract)
        current = contract
    if current != b:
        yield ContractStep(OTHER, "All other terms of the contract", b)


def _all_steps(a: Contract, b: Contract) -> Iterator[tuple[str, str, Any]]:
    """Each step: its stage, its words, and what makes the next contract of the current one."""
    yield from _clause_steps(a, b, PRICES)
    yield PRICES, "Amounts that the contract names", lambda now: _with(now, amounts=b.terms.amounts | _gone(now, b))
    yield PRICES, "Variations: prices by date", lambda now: _with(now, variations=b.terms.variations)
    yield COUNTED, "Cohorts, metrics and evaluation plans", lambda now: _with_measurement(now, b)
    yield from _whole_steps(a, b)
    for stage in (CONDITIONS, LIMITS, REDUCTIONS, OTHER):
        yield from _clause_steps(a, b, stage)
        if stage == LIMITS:
            yield LIMITS, "Limits of the whole contract", lambda now: _with(now, limits=b.terms.limits)
    yield ROUNDING, "How money is rounded", lambda now: _with(now, rounding=b.terms.rounding)


def _with(contract: Contract, **parts: Any) -> Contract:
    return replace(contract, terms=replace(contract.terms, **parts))


def _gone(now: Contract, b: Contract) -> dict[str, Any]:
    """Amounts that only the old contract names: its clauses may still use them."""
    return {name: amount for name, amount in now.terms.amounts.items() if name not in b.terms.amounts}


def _with_measurement(now: Contract, b: Contract) -> Contract:
    """The new cohorts, metrics and plans; old names stay as long as old clauses use them."""
    changed = _with(now, cohorts=b.terms.cohorts, metrics={**now.terms.metrics, **b.terms.metrics})
    return replace(changed, evaluation={**now.evaluation, **b.evaluation})


def _shared(a: Contract, b: Contract) -> list[tuple[PaymentClause, PaymentClause]]:
    new = {clause.id: clause for clause in b.terms.payments}
    return [(clause, new[clause.id]) for clause in a.terms.payments if clause.id in new]


def _is_whole(old: PaymentClause, new: PaymentClause) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in _WHOLE) or (
        (old.rate_card is None) != (new.rate_card is None)
    )


def _clause_steps(a: Contract, b: Contract, stage: str) -> Iterator[tuple[str, str, Any]]:
    """One stage of every clause that counts the same in both."""
    for old, new in _shared(a, b):
        if _is_whole(old, new):
            continue
        parts = {name: getattr(new, name) for name in _changed(old, new) if _PARTS.get(name, OTHER) == stage}
        yield stage, f"{_title(new)}: {_listed(parts)}", _replacer(new.id, parts)
        if new.id in a.cards and new.id in b.cards and stage in (PRICES, LIMITS):
            what = "prices of the rate card" if stage == PRICES else "maxima of the rate card's lines"
            yield stage, f"{_title(new)}: {what}", _card_replacer(new.id, b.cards[new.id], stage)


def _replacer(clause_id: str, parts: dict[str, Any]) -> Any:
    def made(now: Contract) -> Contract:
        clauses = (replace(one, **parts) if one.id == clause_id else one for one in now.terms.payments)
        return _with(now, payments=tuple(clauses))

    return made


def _card_replacer(clause_id: str, card: RateCard, stage: str) -> Any:
    """What takes one kind of figure of each line that both cards have from the new card."""
    new = {(line.id, line.segment): line for line in card.lines}
    names = [name for name, of in _LINE_RULES.items() if of == stage]

    def moved(line: RateLine) -> RateLine:
        other = new.get((line.id, line.segment))
        return replace(line, **{name: getattr(other, name) for name in names}) if other else line

    def made(now: Contract) -> Contract:
        old = now.cards[clause_id]
        return replace(now, cards={**now.cards, clause_id: replace(old, lines=tuple(moved(x) for x in old.lines))})

    return made


def _whole_steps(a: Contract, b: Contract) -> Iterator[tuple[str, str, Any]]:
    """Clauses that count something else, lines of a card that come and go, clauses gone and new."""
    for old, new in _shared(a, b):
        if _is_whole(old, new):
            yield COUNTED, f"{_title(new)}: the clause as a whole", _swapper(new, b)
        elif new.id in a.cards:
            yield COUNTED, f"{_title(new)}: lines of the rate card", _lines_taker(new.id, b)
    kept, known = {clause.id for clause in b.terms.payments}, {clause.id for clause in a.terms.payments}
    for clause in b.terms.payments:
        if clause.id not in known:
            yield COUNTED, f"New clause: {_title(clause)}", _swapper(clause, b)
    for clause in a.terms.payments:
        if clause.id not in kept:
            yield COUNTED, f"Clause no longer there: {_title(clause)}", _dropper(clause.id)


def _swapper(clause: PaymentClause, b: Contract) -> Any:
    """What puts a clause with its card in the place of the old one, or at the end."""

    def made(now: Contract) -> Contract:
        there = any(one.id == clause.id for one in now.terms.payments)
        clauses = tuple(clause if one.id == clause.id else one for one in now.terms.payments)
        cards = {key: card for key, card in now.cards.items() if key != clause.id}
        cards |= {clause.id: b.cards[clause.id]} if clause.id in b.cards else {}
        return replace(_with(now, payments=clauses if there else (*clauses, clause)), cards=cards)

    return made


def _lines_taker(clause_id: str, b: Contract) -> Any:
    """What gives a card the new card's lines; lines of both keep their old figures that are not changed yet."""

    def made(now: Contract) -> Contract:
        old = {(line.id, line.segment): line for line in now.cards[clause_id].lines}
        lines = tuple(_with_old_maxima(line, old.get((line.id, line.segment))) for line in b.cards[clause_id].lines)
        return replace(now, cards={**now.cards, clause_id: replace(b.cards[clause_id], lines=lines)})

    return made


def _with_old_maxima(line: RateLine, old: RateLine | None) -> RateLine:
    if old is None:
        return line
    return replace(line, maximum_outcomes=old.maximum_outcomes, maximum_amount=old.maximum_amount)


def _dropper(clause_id: str) -> Any:
    def made(now: Contract) -> Contract:
        return _with(now, payments=tuple(one for one in now.terms.payments if one.id != clause_id))

    return made


def _changed(old: Any, new: Any) -> list[str]:
    return [field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name)]


def _title(clause: PaymentClause) -> str:
    return clause.title or clause.id


def _word(name: str) -> str:
    return _NAMES.get(name, name.rstrip("_").replace("_", " "))


def _listed(names: Any) -> str:
    return ", ".join(_word(name) for name in names)


def term_changes(a: Contract, b: Contract) -> tuple[TermChange, ...]:
    """Every term that differs between two versions of a contract, by name, and figures of rate cards."""
    found: list[TermChange] = []
    for old, new in _shared(a, b):
        found += [TermChange(f"clause {new.id}", _word(name)) for name in _changed(old, new)]
        if new.id in a.cards and new.id in b.cards:
            found += _card_changes(a, new.id, a.cards[new.id], b.cards[new.id])
    known = {clause.id for clause in a.terms.payments}
    kept = {clause.id for clause in b.terms.payments}
    found += [TermChange(f"clause {clause.id}", "new") for clause in b.terms.payments if clause.id not in known]
    found += [
        TermChange(f"clause {clause.id}", "no longer there") for clause in a.terms.payments if clause.id not in kept
    ]
    found += [TermChange("the contract", _word(name)) for name in _changed(a.terms, b.terms) if name != "payments"]
    plans = sorted({*a.evaluation, *b.evaluation})
    found += [TermChange("evaluation plan", plan) for plan in plans if a.evaluation.get(plan) != b.evaluation.get(plan)]
    return tuple(found)


def _card_changes(contract: Contract, clause: str, old: RateCard, new: RateCard) -> Iterator[TermChange]:
    before = {(line.id, line.segment): line for line in old.lines}
    after = {(line.id, line.segment): line for line in new.lines}
    for key in dict.fromkeys([*before, *after]):
        where = f"clause {clause}, line {key[0]}" + (f" ({key[1]})" if key[1] else "")
        if key not in after:
            yield TermChange(where, "no longer on the rate card")
        elif key not in before:
            yield TermChange(where, "new on the rate card", "", _figure(contract, "price", after[key].price))
        else:
            for name in _changed(before[key], after[key]):
                figures = (_figure(contract, name, getattr(side[key], name)) for side in (before, after))
                yield TermChange(where, _word(name), *figures)


def _figure(contract: Contract, name: str, value: Any) -> str:
    if value in (None, ()):
        return "none"
    if name in ("price", "maximum_amount"):
        text = exact_to_text(value)
        return text if "/" in text else str(Money(Decimal(text), contract.terms.currency))
    return " + ".join(value) if isinstance(value, tuple) else str(value)
