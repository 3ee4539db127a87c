"""Each claim decided by the contract's rules: accepted, rejected, queried or withdrawn, with a reason.

Order: what was accepted in an earlier delivery stands; then the outcomes of one person in
the order of ``achieved_on``; on one day, lines that others require first; then
``received_on``, then the claim id.  The order of rows never decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from outcomes.claims.objects import ClaimDecision
from outcomes.claims.rules import (
    NOTHING_BEFORE,
    UNKNOWN_LINE,
    Before,
    PersonSoFar,
    Rules,
    Verdict,
    own_line,
    rules_of,
    verdict_alone,
    verdict_beside,
)
from outcomes.claims.table import Claim, Claims, cohort_of
from outcomes.cohort.labels import EVERYONE
from outcomes.contract.calendar import entry_of
from outcomes.contract.clauses import EachPrice, PaymentClause
from outcomes.contract.rate_card import RateCard
from outcomes.contract.terms import ContractTerms

__all__ = ["decide_claims"]

_LATEST = date.max


def decide_claims(
    terms: ContractTerms,
    clause: PaymentClause,
    card: RateCard | None,
    claims: Claims,
    as_of: date,
    before: Before = NOTHING_BEFORE,
) -> tuple[ClaimDecision, ...]:
    """What becomes of each claim under one clause.

    Parameters
    ----------
    terms : ContractTerms
        Its segments say whether claims are counted by segment.
    clause : PaymentClause
    card : RateCard or None
        None where the clause pays for one kind of claim at one price.
    claims : Claims
        Of this clause only (see `split_claims`).
    as_of : date
        Nothing after this day is known.
    before : Before
        What earlier deliveries, other clauses and other contracts have settled.

    Returns
    -------
    tuple of ClaimDecision
        In the order of the files.

    Notes
    -----
    First reason found, in this order: repeated row, withdrawn, clause or outcome not in the
    contract, claim id reused, person, segment, dates, window, too late, evidence, same
    outcome on the same day here or elsewhere, what rules it out, what must come first,
    times per person.
    """
    rules = rules_of(terms, clause, card, claims, as_of, before)
    depth = {segment: _depths(rules, segment) for segment in {claim.segment for claim in claims.rows}}
    people: defaultdict[str, PersonSoFar] = defaultdict(PersonSoFar)
    for earlier in before.accepted:
        people[earlier.person].accept(earlier.line, earlier.achieved_on, earlier.place)
    verdicts: dict[str, Verdict | None] = {}
    for claim in sorted(claims.rows, key=lambda item: _order(item, depth[item.segment])):
        verdict = verdict_alone(claim, rules) or verdict_beside(claim, rules, people[claim.person])
        verdicts[claim.place] = verdict
        if verdict is None and claim.achieved_on is not None:
            people[claim.person].accept(claim.line, claim.achieved_on, claim.place)
    codes = {person: code for code, person in enumerate(sorted({claim.person for claim in claims.rows}))}
    return tuple(_decision(claim, rules, verdicts[claim.place], codes[claim.person]) for claim in claims.rows)


def _order(claim: Claim, depth: Mapping[str, int]) -> tuple[object, ...]:
    """What decides between claims; the place comes last, between rows that are alike in everything."""
    return (
        claim.achieved_on or _LATEST,
        depth.get(claim.line, 0),
        claim.received_on or _LATEST,
        claim.claim_id,
        claim.person,
        claim.line,
        claim.evidence or "",
        claim.file,
        claim.row,
    )


def _depths(rules: Rules, segment: str) -> dict[str, int]:
    """How many lines must come before each for a person of a segment; a circle counts as the number of lines."""
    needs = {name: line.requires if (line := own_line(rules, name, segment)) else () for name in rules.lines}
    depth = dict.fromkeys(needs, 0)
    for _ in needs:
        for name, needed in needs.items():
            depth[name] = min(max([depth[name], *(depth[one] + 1 for one in needed if one in depth)]), len(needs))
    return depth


def _decision(claim: Claim, rules: Rules, verdict: Verdict | None, person: int) -> ClaimDecision:
    cohorts = rules.terms.cohorts
    return ClaimDecision(
        claim_id=claim.claim_id,
        place=claim.place,
        clause=rules.clause.id,
        line=claim.line if claim.line in rules.lines else UNKNOWN_LINE,
        cohort=cohort_of(claim, rules.clause, rules.terms),
        segment=claim.segment if cohorts is not None and cohorts.segments else EVERYONE,
        state=verdict.state if verdict else "accepted",
        code=verdict.code if verdict else "",
        words=verdict.words if verdict else "",
        person=person,
        priced_from=_priced_from(claim, rules),
        achieved_on=claim.achieved_on,
        received_on=claim.received_on,
        provider_ref=claim.provider_ref,
        decided_on=rules.as_of,
    )


def _priced_from(claim: Claim, rules: Rules) -> str:
    """The day of the latest variation that changes the claim's own price, by the claim's own dates."""
    if not rules.terms.variations:
        return ""
    dates = {"outcomes achieved from": claim.achieved_on, "claims from": claim.received_on}
    name = _price_name(claim, rules)
    holding = [
        variation.from_
        for variation in rules.terms.variations
        if name in variation.prices and (day := dates.get(variation.applies_to)) is not None and day >= variation.from_
    ]
    return max(holding).isoformat() if holding else ""


def _price_name(claim: Claim, rules: Rules) -> str | None:
    """What a variation calls the claim's price: the clause or line, and its segment or cohort where it goes by that."""
    if rules.own:
        line = own_line(rules, claim.line, claim.segment)
        return None if line is None else line.id if line.segment is None else f"{line.id}.{line.segment}"
    pay = rules.clause.pay
    if claim.line not in rules.lines:
        return None
    if isinstance(pay, EachPrice) and isinstance(pay.each, dict):
        entry = claim.segment
        if pay.by == "cohort":
            entry = entry_of(rules.terms, pay.each, cohort_of(claim, rules.clause, rules.terms)) or ""
        return f"{rules.clause.id}.{entry}"
    return rules.clause.id
