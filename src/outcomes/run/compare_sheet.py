"""Run against a claimed total or a spreadsheet: what accounts for the difference, line by line.

Always worked out from what somebody says to what the run finds due, and turned round where
the run is A.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from outcomes.claims.objects import ClaimCount, ClaimDecision, ClaimProfile
from outcomes.findings import CheckResult
from outcomes.money import Money, Rounding
from outcomes.numbers import exact_to_text
from outcomes.run.claimed_sheet import ClaimedSheet, SheetRow
from outcomes.run.compare_claims import line_title
from outcomes.run.compare_runs import side_of_run
from outcomes.run.objects import Run
from outcomes.run.reconciliation import (
    UNEXPLAINED,
    BridgeLine,
    ClaimDifference,
    Reconciliation,
    Side,
    unexplained_check,
)
from outcomes.run.repricing import State, priced_again, state_of

__all__ = ["reconcile_sheet", "reconcile_total"]

Kind = tuple[str, str, str, str, str]
"""A kind of claim: clause, line, cohort, segment, and the day from which it is priced."""

_CLAIMS, _PRICES, _RUN = "Claims", "Prices and numbers", "The contract's own steps"
_TOTAL_NOTE = (
    "A single total says nothing of what it is made of. The steps of the run that lie between it and the amount due "
    "are taken from the nearest of its sub-totals; an equal amount is no proof of an equal cause."
)


def reconcile_total(run: Run, total: Decimal, run_first: bool) -> Reconciliation:
    """The bridge between a claimed total and a run."""
    lines = list(_from_point(run, total, "", _points_of_run(run)))
    side = Side("total", "claimed total", "claimed total", total)
    order = (
        "The claimed total.",
        "The nearest sub-total of the run.",
        "The run's own steps from there to the amount due.",
    )
    return _turned(run, side, lines, (), order, (_TOTAL_NOTE,), (), run_first)


def reconcile_sheet(run: Run, sheet: ClaimedSheet, run_first: bool) -> Reconciliation:
    """The bridge between a spreadsheet and a run, by claim or by line."""
    side = Side("spreadsheet", sheet.name, f"spreadsheet {sheet.name}, {len(sheet.rows):,} rows", sheet.total)
    notes = [f"Columns that were not read: {', '.join(sheet.not_read)}."] if sheet.not_read else []
    if sheet.by_claim:
        lines, claims = _by_claim(run, sheet)
        order = ("Claims on one side only.", "Claims that the run did not accept.", "Prices and numbers.", f"{_RUN}.")
        return _turned(run, side, lines, claims, order, tuple(notes), (), run_first)
    lines = list(_by_line(run, sheet))
    by_line = ("Line by line: on one side only; price; number.", f"{_RUN}, for each line.")
    return _turned(run, side, lines, (), by_line, tuple(notes), _alike(sheet, run.statement.currency), run_first)


def _turned(
    run: Run,
    side: Side,
    lines: list[BridgeLine],
    claims: tuple[ClaimDifference, ...],
    order: tuple[str, ...],
    notes: tuple[str, ...],
    checks: tuple[CheckResult, ...],
    run_first: bool,
) -> Reconciliation:
    """The reconciliation, from A to B whichever of the two is the run."""
    rest = run.statement.due - side.amount - sum((line.amount for line in lines), Decimal(0))
    kept = [line for line in lines if line.amount or line.claims]
    kept += [BridgeLine(UNEXPLAINED, "What nothing above accounts for", rest)] if rest else []
    sides = (side, side_of_run(run))
    if run_first:
        sides = (sides[1], sides[0])
        kept = [replace(line, amount=-line.amount if line.amount else line.amount) for line in reversed(kept)]
        claims = tuple(replace(one, before=one.after, after=one.before) for one in claims)
        order = tuple(reversed(order))
    currency, final = run.statement.currency, tuple(kept)
    found = (*checks, *unexplained_check(final, currency))
    terms = run.contract.terms
    return Reconciliation(terms.id, terms.title, currency, *sides, final, order, claims, (), notes, found)


def _rounding(run: Run) -> Rounding:
    terms = run.contract.terms.rounding
    return Rounding(Decimal(exact_to_text(terms.to)), terms.rule)


def _unit_price(run: Run, kind: Kind) -> Decimal | None:
    """What the contract pays for one claim of a kind before anything is taken off; None where it does not price it."""
    clause, line, cohort, segment, priced_from = kind
    card = run.contract.cards.get(clause)
    if card is not None and card.find(line, segment) is None:
        return None
    count = ClaimCount(clause, line, cohort, segment, 1, 1, 0, 0, 1, priced_from)
    profile = ClaimProfile(clause, cohort, segment, 1, ((line, priced_from, 1),))
    state = state_of(run)
    one = State(run.contract, state.as_of, state.effects, (count,), (profile,))
    return priced_again(one).clause(clause).waterfall.gross


def _kind(one: ClaimDecision | ClaimCount) -> Kind:
    return one.clause, one.line, one.cohort, one.segment, one.priced_from


def _prices(run: Run) -> dict[Kind, Decimal | None]:
    kinds = {_kind(one) for one in run.decisions} | {_kind(one) for one in run.counts}
    return {kind: _unit_price(run, kind) for kind in sorted(kinds)}


@dataclass(frozen=True, slots=True)
class _Point:
    """A sub-total of the run, and the words for the step that leads to it."""

    amount: Decimal
    stage: str
    label: str


def _points_of_run(run: Run) -> list[_Point]:
    """Claimed at the contract's prices, refusals by reason, and the waterfall down to the amount due."""
    prices, flow = _prices(run), run.statement.waterfall
    refused: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in run.decisions:
        if one.state != "accepted":
            refused[one.code] += prices[_kind(one)] or Decimal(0)
    at = flow.gross + sum(refused.values(), Decimal(0))
    points = [_Point(at, _CLAIMS, "Claimed at the contract's prices")]
    for code, amount in sorted(refused.items()):
        at -= amount
        points.append(_Point(at, _CLAIMS, f"Not accepted: {code}"))
    steps = (
        ("Reductions, and what would have happened anyway", flow.anyway),
        ("Conditions and thresholds", flow.conditions),
        ("Limits and caps", flow.limits),
        ("Rounding", flow.rounding),
    )
    for label, amount in steps:
        at += amount
        points.append(_Point(at, _RUN, label))
    return points


def _from_point(run: Run, said: Decimal, name: str, points: list[_Point]) -> Iterator[BridgeLine]:
    """The unexplained rest up to the nearest sub-total, then the run's own steps; of equals the last."""
    ends = name and f"{name}: "
    nearest = min(range(len(points)), key=lambda i: (abs(points[i].amount - said), -i))
    rest = points[nearest].amount - said
    if rest:
        at = str(Money(points[nearest].amount, run.statement.currency))
        yield BridgeLine(UNEXPLAINED, f"{ends}beside the run's {at}, no reason is known", rest)
    for before, after in zip(points[nearest:], points[nearest + 1 :], strict=False):
        if after.amount != before.amount:
            yield BridgeLine(after.stage, f"{ends}{after.label}", after.amount - before.amount)


@dataclass(slots=True)
class _Sums:
    """Money and claims by stage and words, in the order in which they first came."""

    amounts: dict[tuple[str, str], tuple[Fraction, int]]

    def add(self, stage: str, label: str, amount: Fraction | Decimal, claims: int = 1) -> None:
        """One more claim with the same words."""
        known, count = self.amounts.get((stage, label), (Fraction(0), 0))
        self.amounts[stage, label] = (known + Fraction(amount), count + claims)

    def lines(self, rounding: Rounding) -> list[BridgeLine]:
        """One line for each, on-one-side lines first."""
        return [
            BridgeLine(stage, label, rounding.quantise(amount), claims)
            for (stage, label), (amount, claims) in sorted(self.amounts.items(), key=lambda item: item[0][0] != _CLAIMS)
        ]


def _by_claim(run: Run, sheet: ClaimedSheet) -> tuple[list[BridgeLine], tuple[ClaimDifference, ...]]:
    prices, sums = _prices(run), _Sums({})
    decided: dict[str, ClaimDecision] = {}
    for one in run.decisions:
        if one.claim_id not in decided or one.state == "accepted":
            decided[one.claim_id] = one
    differences: list[ClaimDifference] = []
    for row in sheet.rows:
        differences += _one_claim(run, row, decided.get(row.claim), prices, sums)
    listed = {row.claim for row in sheet.rows}
    for one in run.decisions:
        if one.state == "accepted" and one.claim_id not in listed:
            price = prices[_kind(one)] or Decimal(0)
            sums.add(_CLAIMS, "Accepted by the run, not in the spreadsheet", price)
            shown = f"accepted, {Money(price, run.statement.currency)}"
            differences.append(
                ClaimDifference(one.claim_id, line_title(run.contract, one), "only in the run", "not there", shown)
            )
    lines = [*sums.lines(_rounding(run)), *_after_claims(run, prices)]
    return lines, tuple(differences)


def _one_claim(
    run: Run, row: SheetRow, one: ClaimDecision | None, prices: dict[Kind, Decimal | None], sums: _Sums
) -> Iterable[ClaimDifference]:
    """Puts one row's difference to the sums, and names it where there is one."""
    currency = run.statement.currency
    said = _shown(row.amount, currency)
    if one is None:
        sums.add(_CLAIMS, "In the spreadsheet, not among the run's claims", -row.amount)
        return [ClaimDifference(row.claim, row.line, "only in the spreadsheet", said, "not there", row.place)]
    title = line_title(run.contract, one)
    if one.state != "accepted":
        sums.add(_CLAIMS, f"Not accepted by the run: {one.code}", -row.amount)
        return [ClaimDifference(row.claim, title, "not accepted", said, f"{one.state}: {one.code}", one.words)]
    price = Fraction(prices[_kind(one)] or 0)
    for label, amount in _parts(row, price, Fraction(1), title, currency):
        sums.add(_PRICES, label, amount)
    if price == row.amount:
        return []
    return [
        ClaimDifference(row.claim, title, "another amount", said, f"accepted, {_shown(price, currency)}", row.place)
    ]


def _parts(
    row: SheetRow, price: Fraction, number: Fraction, title: str, currency: str
) -> Iterator[tuple[str, Fraction]]:
    """From what a row says to number times price, in steps: its own arithmetic, its price, its number."""
    quantity = Fraction(row.quantity) if row.quantity is not None else number
    each = row.price if row.price is not None else (row.amount / quantity if quantity else price)
    steps = (
        (f"{title}: the spreadsheet's amount is not its quantity times its price", quantity * each - row.amount),
        (f"{title}: at another price than the contract's {_shown(price, currency)}", quantity * (price - each)),
        (f"{title}: another number than the run accepted", (number - quantity) * price),
    )
    yield from ((label, amount) for label, amount in steps if amount)


def _shown(amount: Fraction | Decimal, currency: str) -> str:
    exact = Fraction(amount)
    text = exact_to_text(exact)
    return str(Money(Decimal(text if "/" not in text else f"{float(exact):.2f}"), currency))


def _after_claims(run: Run, prices: dict[Kind, Decimal | None]) -> Iterator[BridgeLine]:
    """From accepted claims at the price of one to the amount due."""
    single = sum((prices[_kind(one)] or Decimal(0) for one in run.decisions if one.state == "accepted"), Decimal(0))
    claimed = {count.clause for count in run.counts}
    flows = [clause.waterfall for clause in run.statement.clauses if clause.id in claimed]
    others = sum((clause.due for clause in run.statement.clauses if clause.id not in claimed), Decimal(0))
    gross = sum((flow.gross for flow in flows), Decimal(0))
    steps = (
        ("Prices that depend on how many there are", gross - single),
        ("Clauses that do not pay for claims", others),
        ("Reductions", sum((flow.anyway for flow in flows), Decimal(0))),
        ("Conditions and thresholds", sum((flow.conditions for flow in flows), Decimal(0))),
        ("Limits and caps", sum((flow.limits for flow in flows), Decimal(0))),
        ("Rounding", sum((flow.rounding for flow in flows), Decimal(0))),
    )
    yield from (BridgeLine(_RUN, label, amount) for label, amount in steps if amount)


@dataclass(slots=True)
class _Line:
    """What the run says of one line of a rate card, or of one clause without a card."""

    title: str
    claimed: Fraction = Fraction(0)
    gross: Fraction = Fraction(0)
    accepted: int = 0
    due: Decimal = Decimal(0)


def _run_lines(run: Run) -> dict[str, _Line]:
    """The run's lines by name; amounts due add over cohorts and groups."""
    prices = _prices(run)
    found: dict[str, _Line] = {}
    for clause in run.statement.clauses:
        for row in clause.rows:
            line = found.setdefault(row.line or clause.id, _Line(row.title or row.line or clause.title))
            line.due += row.due
            if not any(count.clause == clause.id for count in run.counts):
                line.claimed = line.gross = line.gross + Fraction(row.due)
    for count in run.counts:
        line = found.setdefault(count.line, _Line(count.line))
        price = Fraction(prices[_kind(count)] or 0)
        line.claimed += count.claimed * price
        line.gross += count.accepted * price
        line.accepted += count.accepted
    return found


def _by_line(run: Run, sheet: ClaimedSheet) -> Iterator[BridgeLine]:
    known, rounding = _run_lines(run), _rounding(run)
    for row in sheet.rows:
        line = known.pop(row.line, None)
        said = rounding.quantise(row.amount)
        if line is None:
            yield BridgeLine(_CLAIMS, f"{row.line}: in the spreadsheet, not in the run", -said)
        elif row.quantity is None or not line.accepted:
            points = [
                _Point(rounding.quantise(line.claimed), _CLAIMS, ""),
                _Point(rounding.quantise(line.gross), _CLAIMS, "claims that the run did not accept"),
                _Point(line.due, _RUN, "reductions, conditions and limits"),
            ]
            yield from _from_point(run, said, line.title, points)
        else:
            for label, amount in _parts(
                row, line.gross / line.accepted, Fraction(line.accepted), line.title, run.statement.currency
            ):
                yield BridgeLine(_PRICES, label, rounding.quantise(amount))
            after = line.due - rounding.quantise(line.gross)
            yield BridgeLine(_RUN, f"{line.title}: reductions, conditions and limits", after)
    for line in known.values():
        yield BridgeLine(_CLAIMS, f"{line.title}: in the run, not in the spreadsheet", line.due)


def _alike(sheet: ClaimedSheet, currency: str) -> tuple[CheckResult, ...]:
    """Lines that carry the very same amount: one may have been copied from the other."""
    by_amount: defaultdict[Fraction, list[str]] = defaultdict(list)
    for row in sheet.rows:
        if row.amount and (row.quantity is None or row.price is None):
            by_amount[row.amount].append(row.line)
    return tuple(
        CheckResult("same-amount", "warn", f"{' and '.join(lines)} carry the same amount, {_shown(amount, currency)}.")
        for amount, lines in by_amount.items()
        if len(lines) > 1
    )
