"""Run against run: the same evidence priced again along a stated path, one difference at a time.

Each line is the difference of two exact totals, so that the lines sum to B less A.  How
much falls to one line depends on the order, which is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from outcomes.claims.objects import ClaimCount, ClaimProfile
from outcomes.contract.load import Contract
from outcomes.counterfactual.objects import Effect, EffectKey
from outcomes.errors import InputError, Problem
from outcomes.numbers import show_number
from outcomes.payment.evidence import Counted
from outcomes.run.compare_claims import claim_differences, claim_steps
from outcomes.run.compare_terms import contract_steps, term_changes
from outcomes.run.needs import needed_effects
from outcomes.run.objects import Run
from outcomes.run.reconciliation import UNEXPLAINED, BridgeLine, Reconciliation, Side, unexplained_check
from outcomes.run.repricing import State, due_of, state_of, with_claims

__all__ = ["reconcile_runs", "side_of_run"]

T = TypeVar("T", ClaimCount, ClaimProfile, Counted)

_ORDER = (
    "The day of entitlement: A's evidence and contract at B's day.",
    "Claims: those that went, that came, that are decided otherwise.",
    "Days and people that were counted, clause by clause.",
    "Measured effects, one by one.",
    "The contract, part by part: prices; what is counted; conditions and thresholds; limits and caps; reductions; "
    "other terms; rounding.",
    "B.",
)
_NOTES = (
    "Each line is the difference of two amounts due, priced again with one thing changed. Where two things act "
    "together, such as more claims at a new price, the money of both falls to the one that is changed later.",
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One more thing has changed."""

    stage: str
    label: str
    state: State
    claims: int = 0


def side_of_run(run: Run) -> Side:
    """A run as one side of a reconciliation."""
    words = f"run {run.manifest.run_id}, entitlement at {run.manifest.as_of.isoformat()}"
    return Side("run", run.manifest.run_id, words, run.statement.due)


def reconcile_runs(a: Run, b: Run) -> Reconciliation:
    """The bridge from one run to another of the same contract, in whatever versions.

    Raises
    ------
    InputError
        If the contracts are not the same one, or pay in different currencies.
    """
    _refuse_unlike(a, b)
    lines = tuple(_lines(a, b))
    currency = b.statement.currency
    return Reconciliation(
        contract=b.contract.terms.id,
        title=b.contract.terms.title,
        currency=currency,
        a=side_of_run(a),
        b=side_of_run(b),
        lines=lines,
        order=_ORDER,
        claims=claim_differences(b.contract, a.decisions, b.decisions),
        terms=term_changes(a.contract, b.contract),
        notes=_NOTES,
        checks=unexplained_check(lines, currency),
    )


def _refuse_unlike(a: Run, b: Run) -> None:
    problems = []
    old, new = a.contract.terms, b.contract.terms
    if old.id != new.id:
        message = f'A is a run of "{old.id}" and B of "{new.id}": two contracts, not two versions of one.'
        problems.append(Problem("other-contract", "compare", message, "Compare runs of one contract."))
    if old.currency != new.currency:
        message = f"A is in {old.currency} and B in {new.currency}: no exchange rate is assumed."
        problems.append(Problem("other-currency", "compare", message, "Compare runs in one currency."))
    if problems:
        raise InputError(problems)


def _lines(a: Run, b: Run) -> Iterator[BridgeLine]:
    start = due_of(state_of(a))
    known = a.statement.due
    if start is not None and start != known:
        yield BridgeLine(UNEXPLAINED, "A's saved amount, which this version does not find again", start - known)
        known = start
    waiting: list[_Step] = []
    for step in _path(a, b):
        due = due_of(step.state)
        if due is None:
            waiting.append(step)
            continue
        line = _line([*waiting, step], due - known)
        known, waiting = due, []
        if line.amount or line.claims:
            yield line
    if known != b.statement.due:
        parts = ", ".join(step.label for step in waiting)
        again = "B's saved amount, which this version does not find again"
        label = f"Cannot be told apart: {parts}" if parts else again
        yield BridgeLine(UNEXPLAINED, label, b.statement.due - known)


def _line(steps: list[_Step], amount: Decimal) -> BridgeLine:
    """One line; of steps between which no amount could be found, one line that says so."""
    last, claims = steps[-1], sum(step.claims for step in steps)
    if len(steps) == 1 or not amount:
        return BridgeLine(last.stage, last.label, amount, claims)
    labels = "; ".join(step.label for step in steps)
    return BridgeLine(UNEXPLAINED, f"Cannot be told apart: {labels}", amount, claims)


def _path(a: Run, b: Run) -> Iterator[_Step]:
    """Every state from A to B, each with one more thing changed; states that are alike once."""
    state, end = state_of(a), state_of(b)
    steps = _all_steps(state, end, a, b)
    for step in steps:
        if step.state != state or step.claims:
            yield step
        state = step.state


def _all_steps(state: State, end: State, a: Run, b: Run) -> Iterator[_Step]:
    state = replace(state, as_of=end.as_of)
    yield _Step("Date", f"Entitlement at {end.as_of.isoformat()} instead of {a.manifest.as_of.isoformat()}", state)
    for step in _claim_states(state, end, a, b):
        state = step.state
        yield step
    for clause in dict.fromkeys(one.clause for one in (*state.counted, *end.counted)):
        state = replace(state, counted=_swapped(state.counted, end.counted, clause))
        yield _Step("Days and people", f"What was counted for clause {clause}", state)
    for label, effects in _effect_sets(a.contract, b.contract, a.effects, b.effects):
        state = replace(state, effects=effects)
        yield _Step("Measured effects", label, state)
    for part in contract_steps(a.contract, b.contract):
        state = replace(state, contract=part.contract)
        if part.stage == "Prices" and part.label.startswith("Variations"):
            state = replace(state, counts=end.counts, profiles=end.profiles, turns=end.turns)
        yield _Step(part.stage, part.label, state)
    yield _Step("Other terms", "Everything else", end)


def _claim_states(state: State, end: State, a: Run, b: Run) -> Iterator[_Step]:
    if a.decisions and b.decisions:
        for step in claim_steps(a.decisions, b.decisions):
            yield _Step("Claims", step.label, with_claims(state, step.decisions), step.claims)
        return
    for clause in dict.fromkeys(count.clause for count in (*state.counts, *end.counts)):
        # Only counts are known: one line for each clause.
        state = replace(
            state,
            counts=_swapped(state.counts, end.counts, clause),
            profiles=_swapped(state.profiles, end.profiles, clause),
        )
        yield _Step("Claims", f"Accepted claims of clause {clause}", state)


def _swapped(old: Iterable[T], new: Iterable[T], clause: str) -> tuple[T, ...]:
    """What is known of one clause from `new`, of all others from `old`."""
    kept = [one for one in old if one.clause != clause]
    return tuple(kept + [one for one in new if one.clause == clause])


def _effect_sets(
    old: Contract, new: Contract, a: tuple[Effect, ...], b: tuple[Effect, ...]
) -> Iterator[tuple[str, tuple[Effect, ...]]]:
    """Effects from A's to B's, one key after another.

    An effect that B lacks because its contract no longer asks for it stays until the
    contract changes: dropping it is a term, not a measurement.
    """
    now = {effect.key: effect for effect in a}
    after = {effect.key: effect for effect in b}
    for key in sorted({*now, *after}):
        if key in after:
            label = _effect_label(key, now, after)
            now[key] = after[key]
        elif key in needed_effects(new):
            label = f"{key.metric}, {key.cohort}: no longer measured"
            del now[key]
        else:
            continue
        yield label, tuple(now.values())


def _effect_label(key: EffectKey, now: Mapping[EffectKey, Effect], after: Mapping[EffectKey, Effect]) -> str:
    where = f"{key.metric}, {key.cohort}" + (f", {key.segment}" if key.segment != "everyone" else "")
    if key not in now:
        return f"{where}: newly measured, {_size(after[key])}"
    return f"{where}: from {_size(now[key])} to {_size(after[key])}"


def _size(effect: Effect) -> str:
    value = effect.difference if effect.difference is not None else effect.treated_level
    return show_number(value)
