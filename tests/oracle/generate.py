"""Random valid contracts with evidence, for the two engines to agree on.

Contracts are built as objects, without any file.  Every feature of the language comes up
in at least one contract in a hundred, and in at least one in twenty a result lies exactly
on a threshold (`test_fuzz.py` counts both).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

import numpy as np

from outcomes.claims.objects import ClaimCount, ClaimProfile
from outcomes.contract.clauses import (
    AmountShare,
    BandPrice,
    ClauseLimits,
    Composition,
    Condition,
    ContractLimits,
    EachPrice,
    EvidenceShare,
    FixedPrice,
    Less,
    LinePrice,
    MeasureTerms,
    PayerCeiling,
    PayerShare,
    PayForTerms,
    PaymentClause,
    PeopleThreshold,
    PerPrice,
    Point,
    PresentValue,
    Price,
    PricedIn,
    RateCardTerms,
    ReduceBy,
    SharePrice,
    Step,
    StepPrice,
    Tier,
    TierPrice,
    VolumeBand,
    WhenRow,
)
from outcomes.contract.load import Contract
from outcomes.contract.plan import EvaluationPlan
from outcomes.contract.rate_card import RateCard, RateLine
from outcomes.contract.terms import (
    CohortTerms,
    ContractTerms,
    CountTerms,
    IndexPart,
    MetricTerms,
    Parties,
    RoundingTerms,
    Variation,
)
from outcomes.counterfactual.objects import Covariance, Effect, EffectKey, Estimate, NotMeasured, VarianceRule
from outcomes.numbers import exact_from_float, read_only
from outcomes.payment.evidence import Counted, Evidence, evidence
from outcomes.period import DayOfYear, Duration
from outcomes.units import Quantity
from tests.oracle.naive_pricing import Claims, Holding, Result, World, year_for

AS_OF = date(2030, 1, 1)
TOGETHER = "all cohorts together"
PAYERS = ("Council", "Ministry", "Fund")
SEGMENTS = {"north": "north of the river", "south": "south of the river"}
EXPONENT = {"GBP": 2, "JPY": 0, "KWD": 3}
METRICS = {
    "reoffended": MetricTerms(kind="binary", better="lower"),
    "housed": MetricTerms(kind="binary", better="higher"),
    "events": MetricTerms(kind="count", better="lower", unit="events"),
    "earnings": MetricTerms(kind="amount", better="higher"),
}
INDEX = "both"
SCALES = {
    "reoffended": ("percent", "percentage points", "per 100", "ratio"),
    "housed": ("percent", "percentage points", "per 1000"),
    "events": ("percent", "per person", "per 100", "standard deviations"),
    "earnings": ("money per person", "percent"),
}
UNITS = {
    "percent": "%",
    "percentage points": "pp",
    "per 100": "per 100",
    "per 1000": "per 1000",
    "ratio": "times",
    "per person": "events",
    "standard deviations": "sd",
    "money per person": "",
}
FACTORS = {"percent": 100, "percentage points": 100, "per 100": 100, "per 1000": 1000}


@dataclass
class Made:
    """One contract with evidence in both engines' forms, and the features that it has."""

    contract: Contract
    evidence: Evidence
    world: World
    features: set[str] = field(default_factory=set)


def make(random: Random) -> Made:
    """A contract that the loader would accept, with evidence."""
    return _Maker(random).make()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.features: set[str] = set()
        self.currency = self.pick("currency", ("GBP", "GBP", "JPY", "KWD"))
        self.cents = 10 ** EXPONENT[self.currency]
        self.calendar = self.chance("calendar cohorts", 0.5)
        names = [f"{2023 + k // 4}-Q{k % 4 + 1}" if self.calendar else f"cohort-{k}" for k in range(3, 7)]
        self.cohorts = tuple(names[: random.randint(1, 4)])
        self.cohort_terms = self.make_cohorts()
        self.holdings: list[Holding] = []
        self.by_cohort = self.claimable = False
        self.metrics = self.make_metrics()
        self.measured = self.chance("measured variance", 0.4)
        self.results: dict[tuple[str, str, str, str], Result] = {}
        self.claims: list[Claims] = []
        self.cards: dict[str, RateCard] = {}
        self.clauses: list[PaymentClause] = []
        self.days = (date(2024, 2, 2),) if self.chance("claims with days", 0.3) else ()

    def chance(self, feature: str, probability: float) -> bool:
        """True with a probability, and then the contract has the feature."""
        if self.random.random() >= probability:
            return False
        self.features.add(feature)
        return True

    def pick(self, feature: str, choices: Any) -> Any:
        chosen = self.random.choice(choices)
        self.features.add(f"{feature} {chosen}")
        return chosen

    def money(self, most: int) -> Fraction:
        return Fraction(self.random.randint(0, most * self.cents), self.cents)

    def make_metrics(self) -> dict[str, MetricTerms]:
        """The metrics, some with a window that may still be open, and an index of two of them."""
        metrics = dict(METRICS)
        if self.calendar and self.chance("window", 0.4):
            window = CountTerms(
                event="offence", within=Duration(self.random.choice((12, 60, 66, 70, 73, 77)), "months")
            )
            metrics["reoffended"] = replace(metrics["reoffended"], count=window)
        weight = Fraction(self.random.randint(1, 9), 10)
        stated = Quantity(Fraction(self.random.randint(-3, 3)), "pp") if self.random.random() < 0.6 else None
        against = "other" if self.random.random() < 0.3 else None
        parts = (
            IndexPart(metric="reoffended", weight=weight, if_missing=stated),
            IndexPart(metric="housed", weight=1 - weight, against=against, if_missing=stated),
        )
        return {**metrics, INDEX: MetricTerms(kind="index", better="higher", parts=parts)}

    # ---- the whole ------------------------------------------------------------------

    def make(self) -> Made:
        unmatched = self.pick("unmatched", ("pays nothing", "at effect"))
        plans = {
            "plan": EvaluationPlan(id="plan", metrics=tuple(METRICS), design="published", unmatched=unmatched),
            "observed": EvaluationPlan(id="observed", metrics=tuple(METRICS), design="none"),
            "other": EvaluationPlan(id="other", metrics=tuple(METRICS), design="published", unmatched=unmatched),
        }
        self.make_results()
        self.payer_count = self.random.choice((1, 1, 2, 3))
        self.features.add(f"payers {self.payer_count}")
        for index in range(self.random.choice((1, 1, 2, 2, 3, 4))):
            self.clauses.append(self.clause(f"clause-{index}"))
        if self.chance("order of clauses turned", 0.3):
            self.clauses.reverse()
        terms = ContractTerms(
            language="1",
            id="made",
            title="Made",
            terms="illustrative",
            precedence="signed contract",
            currency=self.currency,
            rounding=self.rounding(),
            parties=Parties(
                commissioner="Council", outcome_payers=PAYERS[: self.payer_count], contract_holder="Holder"
            ),
            metrics=self.metrics,
            payments=tuple(self.clauses),
            cohorts=self.cohort_terms,
            amounts={"pot": Fraction(100000), "netted": self.money(900), "yearly": self.by_year(self.money, 4000)},
            variations=self.variations(),
            limits=self.contract_limits(),
        )
        contract = Contract(terms, plans, self.cards, (), (), "")
        counts = [_count(claim) for claim in self.claims if claim.held]
        others = [
            Counted(c.clause, c.line, c.cohort, c.segment, Fraction(c.accepted)) for c in self.claims if not c.held
        ]
        estimates = [_estimate(key, result) for key, result in self.results.items()]
        gathered = evidence(estimates, counts, others, [_profile(held) for held in self.holdings])
        world = World(terms, plans, self.cards, self.results, self.claims, self.holdings, AS_OF)
        return Made(contract, gathered, world, self.features)

    def contract_limits(self) -> ContractLimits | None:
        """Limits over all clauses; a year's only where every row has a year."""
        dated = self.calendar or bool(self.cohort_terms.first_days)
        in_cohorts = all(clause.for_each == "cohort" for clause in self.clauses)
        most: Fraction | AmountShare | None = None
        each: Fraction | AmountShare | None = None
        if self.chance("contract cap", 0.25):
            most = self.money(60000)
        elif self.chance("contract cap of a share", 0.05):
            most = AmountShare(share=Fraction(self.random.randint(1, 12), 12), of="pot")
        elif in_cohorts and self.chance("contract cap by year", 0.4):
            most = AmountShare(share=Fraction(self.random.randint(1, 36), 12), of="yearly")
        by_year = isinstance(most, AmountShare) and most.of == "yearly"
        if in_cohorts and dated and not by_year and self.chance("each year", 0.5):
            share = AmountShare(share=Fraction(self.random.randint(1, 12), 24), of="pot")
            each = self.random.choice((self.money(4000), self.money(30000), share))
        payers = self.ceilings()
        if most is None and each is None and not payers:
            return None
        return ContractLimits(at_most=most, each_year=each, payers=payers)

    def ceilings(self) -> tuple[PayerCeiling, ...]:
        """Ceilings of payers over the whole contract; a successor has none anywhere."""
        bounded = {share.payer for clause in self.clauses for share in clause.payers if share.up_to is not None}
        names = list(PAYERS[: self.payer_count])
        made = []
        last = names[-1]
        for name in names:
            if self.random.random() < 0.8 or (made and made[0].then == name):
                continue
            self.features.add("ceiling of a payer over the contract")
            then = last if name != last and last not in bounded and self.chance("successor", 0.5) else None
            made.append(PayerCeiling(payer=name, up_to=self.money(6000), then=then))
        if any(one.then for one in made):
            made = [one for one in made if one.payer != last]
        return tuple(made)

    def make_cohorts(self) -> CohortTerms:
        begins = None
        if self.chance("contract years", 0.3):
            begins = self.random.choice((DayOfYear(4, 1), DayOfYear(10, 6), DayOfYear(1, 1)))
        if not self.calendar:
            days = [date(2023, self.random.randint(1, 12), 5) for _ in self.cohorts]
            dated = dict(zip(self.cohorts, sorted(days), strict=True)) if self.chance("first days", 0.3) else {}
            return CohortTerms(named=self.cohorts, segments=SEGMENTS, first_days=dated, year_begins=begins)
        last_days = {}
        if self.chance("last day of a cohort", 0.3):
            last_days[self.cohorts[-1]] = date(2024, self.random.randint(7, 12), 15)
        return CohortTerms(
            every="quarter",
            first_day=date(2023, 10, self.random.choice((1, 9))),
            last_day=date(2023 + (2 + len(self.cohorts)) // 4, 3 * ((2 + len(self.cohorts)) % 4) + 3, 28),
            segments=SEGMENTS,
            last_days=last_days,
            year_begins=begins,
            results_after=Duration(self.random.choice((1, 6)), "months") if self.chance("results after", 0.3) else None,
        )

    def by_year(self, value: Any, *given: Any) -> dict[str, Fraction]:
        """A table with an entry for each cohort, or where cohorts have days for each contract year."""
        years = [year_for(self.cohort_terms, cohort) for cohort in self.cohorts]
        own = self.random.random() < 0.2
        names = dict.fromkeys(
            cohort if own else year or cohort for cohort, year in zip(self.cohorts, years, strict=True)
        )
        return {name: value(*given) for name in names}

    def price_names(self) -> list[str]:
        """What a variation can name."""
        names = []
        for clause in self.clauses:
            if clause.id in self.cards:
                lines = self.cards[clause.id].lines
                names += [line.id + (f".{line.segment}" if line.segment else "") for line in lines]
            elif isinstance(clause.pay, EachPrice) and isinstance(clause.pay.each, dict):
                names += [f"{clause.id}.{key}" for key, price in clause.pay.each.items() if price]
            else:
                single = isinstance(clause.pay, EachPrice) and clause.pay.each
                single = single or (isinstance(clause.pay, FixedPrice | PerPrice) and clause.pay.amount)
                names += [clause.id] if single else []
        return names

    def variations(self) -> tuple[Variation, ...]:
        made = []
        names = self.price_names()
        for day in self.days:
            prices = {name: self.money(300) for name in names if self.random.random() < 0.7}
            self.features.add("variation of claims")
            made.append(Variation(dated=day, applies_to="claims from", from_=day, words="new", prices=prices))
        if self.calendar and self.chance("variation", 0.3):
            day = self.random.choice((date(2023, 10, 1), date(2024, 1, 1), date(2024, 5, 1), date(2025, 1, 1)))
            prices = {name: self.money(300) for name in names if self.random.random() < 0.7}
            made.append(
                Variation(
                    dated=day,
                    applies_to="cohorts starting from",
                    from_=day,
                    words="changed",
                    prices=prices,
                    stops=self.chance("stopped", 0.3),
                )
            )
        return tuple(made)

    def rounding(self) -> RoundingTerms:
        rule = self.pick("rounding", ("half-up", "half-even"))
        at = self.pick("rounding at", ("line", "clause"))
        step = Fraction(1, self.cents) * self.random.choice((1, 1, 1, 10))
        self.step = step
        return RoundingTerms(to=step, rule=rule, at=at)

    # ---- evidence -------------------------------------------------------------------

    def make_results(self) -> None:
        for metric in METRICS:
            for cohort in (*self.cohorts, TOGETHER):
                if self.chance("open row", 0.04):
                    continue
                self.results["plan", metric, cohort, "everyone"] = self.result(metric)
                if self.random.random() < 0.8:
                    self.results["other", metric, cohort, "everyone"] = self.result(metric)
                if self.random.random() < 0.3:
                    level = self.result(metric)
                    self.results["observed", metric, cohort, "everyone"] = Result(
                        level.treated, None, level.people_counted, level.people_measured
                    )

    def result(self, metric: str) -> Result:
        random = self.random
        if metric == "earnings":
            treated, other = Fraction(random.randint(0, 900000), 100), Fraction(random.randint(1, 900000), 100)
        elif metric == "events":
            treated, other = Fraction(random.randint(0, 3000), 1000), Fraction(random.randint(1, 3000), 1000)
        else:
            treated, other = Fraction(random.randint(0, 200), 200), Fraction(random.randint(1, 200), 200)
        known = "levels"
        if self.chance("only a change published", 0.006):
            known, treated, other = random.choice(
                (("difference", treated - other, Fraction(0)), ("relative", treated / other, Fraction(1)))
            )
        people = random.randint(1, 400)
        deviation = Fraction(random.randint(1, 900), 300) if metric == "events" and random.random() < 0.9 else None
        if not self.measured or self.chance("one variance not measured", 0.01):
            return Result(treated, other, people + random.randint(0, 50), people, known, deviation=deviation)
        scale = float(other) * random.uniform(0.01, 0.3) + 1e-4
        spread = (exact(scale**2), exact((scale * random.uniform(0.2, 2)) ** 2), 0.0)
        error = exact_from_float(math.sqrt(spread[0] + spread[1]))
        freedom = random.choice((math.inf, 12.0, 200.0))
        only_sampling = self.chance("sampling only", 0.006)
        return Result(treated, other, people, people, known, error, spread, freedom, only_sampling, deviation)

    def threshold(self, values: list[Fraction]) -> Fraction:
        """A value of the quantity; often exactly one that was measured."""
        if values and self.random.random() < 0.35:
            chosen = self.random.choice(values)
            self.features.add("exactly at a threshold")
            return chosen
        spread = max((abs(value) for value in values), default=Fraction(10)) or Fraction(10)
        return Fraction(self.random.randint(-5, 30), 30) * spread

    # ---- clauses --------------------------------------------------------------------

    def clause(self, name: str) -> PaymentClause:
        if self.chance("index", 0.08):
            return self.index_clause(name)
        if self.random.random() < 0.5:
            return self.measured_clause(name)
        return self.counted_clause(name)

    def measured_clause(self, name: str) -> PaymentClause:
        metric = self.random.choice(tuple(METRICS))
        kind = self.pick("measure", ("improvement_in", "improvement_in", "additional", "level_of"))
        scale = None if kind == "additional" else self.pick("scale", SCALES[metric])
        if kind == "level_of" and scale == "ratio":
            scale = "percent"
        plan: dict[str, Any] = {} if kind == "level_of" else {"against": "plan"}
        if plan and self.chance("switch", 0.15):
            plan["against"] = {self.cohorts[0]: "plan", self.cohorts[-1]: "other"}
        measure = MeasureTerms(**{kind: metric, "in_": scale, **plan})  # type: ignore[arg-type]
        for_each = self.pick("for each", ("cohort", "cohort", TOGETHER))
        for_each = "cohort" if isinstance(plan.get("against"), dict) else for_each
        cohorts = self.cohorts if for_each == "cohort" else (TOGETHER,)
        values = [value for value in (self.value(measure, cohort) for cohort in cohorts) if value is not None]
        unit = UNITS[scale] if scale else ""
        money = scale == "money per person"
        testable = self.measured and kind != "level_of"
        parts = self.priced(values, unit, partial(self.price, values, unit, measure, money), testable)
        return PaymentClause(
            id=name,
            for_each=for_each,
            measure=measure,
            limits=self.limits(kind == "additional", for_each == "cohort"),
            payers=self.payers(for_each == "cohort"),
            **self.beside(for_each == "cohort", parts),
            **parts,
            **self.waits(values, unit, measure),
        )

    def index_clause(self, name: str) -> PaymentClause:
        measure = MeasureTerms(improvement_in=INDEX, against="plan", in_="percentage points")
        for_each = self.pick("for each", ("cohort", TOGETHER))
        values = [Fraction(self.random.randint(-20, 20)) for _ in range(3)]
        parts = self.priced(values, "pp", partial(self.price, values, "pp", measure, False))
        return PaymentClause(
            id=name, for_each=for_each, measure=measure, limits=self.limits(False), payers=self.payers(), **parts
        )

    def beside(self, by_cohort: bool, parts: dict[str, Any], fee: bool = False) -> dict[str, Any]:
        """Terms that stand beside a price."""
        made: dict[str, Any] = {}
        share = partial(lambda: Fraction(self.random.randint(80, 130), 100))
        if self.chance("present value", 0.1):
            made["present_value"] = PresentValue(
                rate=Fraction(self.random.randint(0, 10), 100),
                years=self.random.randint(1, 5),
                decay=Fraction(self.random.randint(0, 20), 100),
            )
        if by_cohort and self.chance("indexed", 0.15):
            made["indexed"] = self.by_year(share)
        of_amount = [row.pay or row.deduct or row.repay for row in parts.get("when", ())] + [parts.get("pay")]
        if not any(isinstance(price, AmountShare) for price in of_amount) and self.chance("priced in", 0.08):
            made["priced_in"] = PricedIn(currency="USD", rate=Fraction(self.random.randint(1, 200), 128), source="bank")
        if not fee and self.chance("less", 0.1):
            made["less"] = Less(amount="netted", because="paid by another")
        return made

    def value(self, measure: MeasureTerms, cohort: str) -> Fraction | None:
        """The clause's quantity, where the levels are known."""
        plan = "observed" if measure.level_of else "plan"
        if isinstance(measure.against, dict) and len(self.cohorts) and cohort == self.cohorts[-1]:
            plan = list(measure.against.values())[-1]
        result = self.results.get((plan, measure.metric, cohort, "everyone"))
        if result is None or result.known != "levels":
            return None
        if measure.level_of:
            return result.treated * FACTORS.get(measure.in_ or "", 1)
        assert result.counterfactual is not None
        if measure.in_ == "ratio":
            return result.treated / result.counterfactual
        change = result.treated - result.counterfactual
        better = change if METRICS[measure.metric].better == "higher" else -change
        if measure.additional:
            return better * (result.people_measured or 0)
        if measure.in_ == "standard deviations":
            return better / result.deviation if result.deviation else None
        scaled = better * FACTORS.get(measure.in_ or "", 1)
        return scaled / result.counterfactual if measure.in_ == "percent" else scaled

    def counted_clause(self, name: str) -> PaymentClause:
        kind = self.pick("pay for", ("claims", "rate card", "days", "people", "saving", "fee"))
        for_each = self.pick("for each", ("cohort", TOGETHER))
        segment = "north" if self.chance("for a segment", 0.15) else "everyone"
        by_cohort = for_each == "cohort"
        shared: dict[str, Any] = {"id": name, "for_each": for_each, "for_": segment}
        shared["payers"] = self.payers(by_cohort)
        if self.chance("reduce by", 0.3):
            shared["reduce_by"] = ReduceBy(share=Fraction(self.random.randint(0, 12), 12), because="deadweight")
        if kind == "fee":
            return self.fee_clause(shared)
        self.by_cohort, self.claimable = by_cohort, kind in ("claims", "rate card")
        lines = self.rate_card(name) if kind == "rate card" else ("one",)
        per_person = None
        if self.claimable and self.chance("per person", 0.25):
            per_person = self.money(900)
            values = self.hold(name, lines, by_cohort)
        else:
            values = self.claim(name, lines, kind, by_cohort)
        what = PayForTerms(**{"claims" if kind == "rate card" else kind: "table"})  # type: ignore[arg-type]
        limits = replace(self.limits(True, by_cohort), per_person=per_person)
        if kind != "saving" and self.chance("composition", 0.2):
            names = self.random.choice((lines, tuple(SEGMENTS)))
            rules = [Composition(share=Fraction(self.random.randint(0, 10), 10), from_=one) for one in names[:2]]
            limits = replace(limits, composition=tuple(rules[: self.random.randint(1, 2)]))
        if kind == "rate card":
            parts: dict[str, Any] = {"rate_card": RateCardTerms(table="card.csv")}
        elif per_person is not None:
            parts = {"pay": EachPrice(each=self.money(300))}
        else:
            parts = self.priced(values, "", partial(self.price, values, "", None, kind == "saving", segment))
        beside = self.beside(by_cohort, parts)
        return PaymentClause(pay_for=what, limits=limits, **shared, **parts, **beside, **self.waits(values, "", None))

    def fee_clause(self, shared: dict[str, Any]) -> PaymentClause:
        every = self.pick("fee", ("once", "month", "quarter", "year"))
        start = date(self.random.randint(2024, 2029), self.random.choice((1, 2, 12)), self.random.choice((1, 15, 28)))
        start = self.random.choice((start, date(2028, 2, 29), date(2029, 12, 31), date(2031, 1, 1)))
        until = None
        if self.chance("fee until", 0.4):
            until = max(start, date(self.random.randint(2028, 2030), 2, 28))
        kinds = ("amount", "each", "tiers", "share")
        kind = self.pick("fee price", kinds)
        prices: dict[str, Price] = {
            "amount": FixedPrice(amount=self.money(5000)),
            "each": EachPrice(each=self.money(500)),
            "tiers": TierPrice(tiers=(Tier(next=12, each=self.money(500)), Tier(each=self.money(200)))),
            "share": AmountShare(share=Fraction(1, 12), of="pot"),
        }
        parts = {"pay": prices[kind]}
        return PaymentClause(
            pay_for=PayForTerms(fee=every),
            limits=self.limits(False),
            from_=start,
            until=until,
            **{**shared, "for_each": TOGETHER, "payers": self.payers()},
            **parts,
            **self.beside(False, parts, fee=True),
            **self.waits([], "", None),
        )

    def rate_card(self, name: str) -> tuple[str, ...]:
        lines = []
        for number in range(self.random.randint(1, 4)):
            most = self.random.randint(0, 120) if self.chance("maximum of a line", 0.4) else None
            money = self.money(9000) if self.chance("maximum amount of a line", 0.2) else None
            line = RateLine(f"{name}-line-{number}", f"Line {number}", self.money(800), None, None, (), most, money)
            lines.append(line)
            if self.chance("line of a segment", 0.2):
                lines.append(replace(line, price=self.money(800), segment="north"))
        self.cards[name] = RateCard("card.csv", tuple(lines))
        return tuple(dict.fromkeys(line.id for line in lines))

    def claim(self, name: str, lines: tuple[str, ...], kind: str, by_cohort: bool) -> list[Fraction]:
        counts = []
        held = self.claimable or self.random.random() < 0.3
        days: tuple[date | None, ...] = (None, *self.days) if self.claimable else (None,)
        for cohort in self.cohorts if by_cohort else (TOGETHER,):
            for line in lines:
                for segment in self.random.choice((("everyone",), tuple(SEGMENTS))):
                    for day in days:
                        if self.random.random() < 0.9:
                            accepted = Fraction(self.random.randint(0, 90000 if kind == "saving" else 90))
                            accepted = accepted if held else accepted / 4
                            self.claims.append(Claims(name, line, cohort, segment, accepted, day, held))
                            counts.append(accepted)
        return counts

    def hold(self, name: str, lines: tuple[str, ...], by_cohort: bool) -> list[Fraction]:
        """Claims by who holds which together."""
        counts: dict[tuple[str, str, str, date | None], int] = {}
        for cohort in self.cohorts if by_cohort else (TOGETHER,):
            for _ in range(self.random.randint(0, 3)):
                segment = self.random.choice(("everyone", *SEGMENTS))
                each = {}
                for line in lines:
                    if self.random.random() < 0.7:
                        each[line, self.random.choice((None, *self.days))] = self.random.randint(1, 4)
                number = self.random.randint(1, 20)
                if each:
                    kinds = tuple((line, day, times) for (line, day), times in each.items())
                    self.holdings.append(Holding(name, cohort, segment, number, kinds))
                for (line, day), times in each.items():
                    key = (cohort, line, segment, day)
                    counts[key] = counts.get(key, 0) + number * times
        self.claims += [Claims(name, k[1], k[0], k[2], accepted, k[3]) for k, accepted in counts.items()]
        return [Fraction(accepted) for accepted in counts.values()]

    # ---- conditions -----------------------------------------------------------------

    def waits(self, values: list[Fraction], unit: str, measure: MeasureTerms | None) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        earlier = [clause.id for clause in self.clauses]
        if earlier and self.chance("unless paid by", 0.15):
            parts["unless_paid_by"] = self.random.choice(earlier)
        if self.chance("only if", 0.5):
            parts["only_if"] = self.condition(values, unit, measure, earlier, depth=0)
        return parts

    def condition(
        self, values: list[Fraction], unit: str, measure: MeasureTerms | None, earlier: list[str], depth: int
    ) -> Condition:
        kinds = ["edge", "edge", "edge", "two edges"]
        if depth < 2:
            kinds += ["all of", "any of"]
        if earlier:
            kinds += ["clause", "clause"]
        if measure is not None:
            kinds += ["other measure", "by people"]
            if self.measured and not measure.level_of:
                kinds += ["tested", "tested", "tested", "tested", "low end", "low end", "evidence", "evidence"]
        kind = self.random.choice(kinds)
        self.features.add(f"condition {kind}")
        quantity = Quantity(self.threshold(values), unit)
        inner = partial(self.condition, values, unit, measure, earlier, depth + 1)
        if kind == "edge":
            return Condition(**{self.pick("edge", ("at_least", "more_than", "at_most", "less_than")): quantity})
        if kind == "by people":
            sizes = sorted({self.random.choice((0, 0, 50, 120)), self.random.choice((200, 300))})
            rows = [PeopleThreshold(from_=k, at_least=Quantity(self.threshold(values), unit)) for k in sizes]
            return Condition(by_people=tuple(rows))
        if kind == "two edges":
            return Condition(more_than=quantity, at_most=Quantity(self.threshold(values), unit))
        if kind == "all of":
            return Condition(all_of=(inner(), inner()))
        if kind == "any of":
            return Condition(any_of=(inner(), inner()))
        if kind == "clause":
            return Condition(clause=self.random.choice(earlier), is_=self.pick("clause is", ("paid", "not paid")))
        if kind == "other measure":
            other = self.random.choice(tuple(METRICS))
            asked = MeasureTerms(improvement_in=other, against="plan", in_=SCALES[other][0])
            found = [value for value in (self.value(asked, cohort) for cohort in self.cohorts) if value is not None]
            return Condition(measure=asked, at_least=Quantity(self.threshold(found), UNITS[SCALES[other][0]]))
        if kind == "tested":
            return Condition(
                tested=self.pick("tested", ("better", "worse")),
                at=self.level(),
                sides=self.pick("sides", ("one", "two")),
            )
        if kind == "low end":
            return Condition(low_end_above=quantity, at=self.level())
        return Condition(evidence=EvidenceShare(share=self.level(), above=quantity))

    def level(self) -> Fraction:
        return self.random.choice((Fraction(8, 10), Fraction(9, 10), Fraction(19, 20), Fraction(99, 100)))

    # ---- prices ---------------------------------------------------------------------

    def priced(self, values: list[Fraction], unit: str, price: Any, testable: bool = False) -> dict[str, Any]:
        """``pay``, or a ``when`` table whose rows cover every value once."""
        if not self.chance("when table", 0.35):
            return {"pay": price()}
        self.features.add("when")
        if testable and self.chance("when tested", 0.5):
            rows = [
                WhenRow(tested="better", at=self.level(), sides="two", **self.action("pay", price)),
                WhenRow(tested="worse", at=self.level(), sides="two", **self.action("deduct", price)),
                WhenRow(otherwise="nothing"),
            ]
            return {"when": tuple(rows)}
        edges = sorted({self.threshold(values) for _ in range(self.random.randint(1, 3))}, reverse=True)
        rows = []
        above: Fraction | None = None
        for edge in edges:
            bounds = {"at_least": Quantity(edge, unit)}
            if above is not None:
                bounds["less_than"] = Quantity(above, unit)
            kind = self.pick("table", ("pay", "pay", "deduct", "repay", "keep"))
            rows.append(WhenRow(**bounds, **self.action(kind, price)))
            above = edge
        if self.chance("otherwise nothing", 0.5):
            rows.append(WhenRow(otherwise="nothing"))
        else:
            kind = self.pick("table", ("pay", "deduct", "repay"))
            rows.append(WhenRow(less_than=Quantity(edges[-1], unit), **self.action(kind, price)))
        return {"when": tuple(rows)}

    def action(self, kind: str, price: Any) -> dict[str, Any]:
        if kind == "keep":
            return {"keep": AmountShare(share=Fraction(1, 10), of="pot")}
        return {kind: price()}

    def price(
        self, values: list[Fraction], unit: str, measure: MeasureTerms | None, money: bool, segment: str = "everyone"
    ) -> Price:
        counted = measure is None or measure.additional is not None
        kinds = ["fixed", "share of an amount", "per", "per above", "steps", "line"]
        saving = measure is None and money
        kinds += ["each", "tiers", "tiers", "bands"] if counted and not saving else []
        kinds += ["each by cohort"] * 3 if measure is None and not saving and self.by_cohort else []
        kinds += ["each by segment"] * 3 if measure is None and not saving and self.segmented() else []
        kinds += ["share", "share", "share above"] if money else []
        one = measure is not None and not measure.additional and measure.improvement_in != INDEX
        kinds += ["per people"] if one else []
        kind = self.random.choice(kinds)
        self.features.add(f"price {kind}")
        per = Quantity(Fraction(self.random.choice((1, 1, 2, 5))), unit)
        above = Quantity(max(self.threshold(values), Fraction(0)), unit)
        if kind == "fixed":
            return FixedPrice(amount=self.money(4000))
        if kind == "share of an amount":
            return AmountShare(share=Fraction(self.random.randint(0, 12), 12), of="pot")
        if kind.startswith("per"):
            people = "people" if kind == "per people" else None
            return PerPrice(per=per, amount=self.money(300), above=above if kind == "per above" else None, times=people)  # type: ignore[arg-type]
        if kind.startswith("share"):
            people = "people" if measure is not None and self.chance("share times people", 0.5) else None
            share = Fraction(self.random.randint(0, 60), 120)
            return SharePrice(share=share, above=above if kind == "share above" else None, times=people)  # type: ignore[arg-type]
        if kind == "each":
            return EachPrice(each=self.money(300))
        if kind == "each by cohort":
            return EachPrice(each=self.by_year(self.money, 300), by="cohort")
        if kind == "bands":
            starts = (0, *sorted(self.random.sample(range(1, 200), self.random.randint(1, 3))))
            return BandPrice(bands=tuple(VolumeBand(from_=start, each=self.money(300)) for start in starts))
        if kind == "each by segment":
            names = [segment] if segment != "everyone" else list(SEGMENTS)
            return EachPrice(each={name: self.money(300) for name in names}, by="segment")
        if kind == "tiers":
            tiers = [
                Tier(next=self.random.randint(1, 60), each=self.money(300)) for _ in range(self.random.randint(1, 3))
            ]
            return TierPrice(tiers=(*tiers, Tier(each=self.money(300))) if self.random.random() < 0.5 else tuple(tiers))
        edges = sorted({self.threshold(values) for _ in range(4)} | {Fraction(1), Fraction(7)})
        if kind == "steps":
            rows = tuple(Step(from_=Quantity(edge, unit), amount=self.money(9000)) for edge in edges)
            return StepPrice(steps=rows, edge=self.pick("step edge", ("from", "from", "above")))
        below = self.pick("below", ("nothing", "the first amount"))
        points = tuple(Point(at=Quantity(edge, unit), amount=self.money(9000)) for edge in edges)
        return LinePrice(line=points, below=below, above="the last amount")

    def segmented(self) -> bool:
        """True when every claim so far carries a segment that has a price."""
        return all(claim.segment in SEGMENTS for claim in self.claims)

    # ---- limits and payers ----------------------------------------------------------

    def limits(self, counted: bool, by_cohort: bool = False) -> ClauseLimits:
        outcomes = self.random.randint(0, 150) if counted and self.chance("outcomes at most", 0.25) else None
        cap: Fraction | AmountShare | None = None
        if self.chance("money at most", 0.3):
            cap = self.money(20000)
        elif self.chance("money at most a share", 0.1):
            cap = AmountShare(share=Fraction(self.random.randint(1, 12), 12), of="pot")
        elif by_cohort and self.chance("cap by year", 0.15):
            share = Fraction(self.random.randint(1, 12), 12)
            return ClauseLimits(outcomes=outcomes, at_most=AmountShare(share=share, of="yearly"), cut=self.cut())
        floor = None
        if self.chance("money at least", 0.15):
            floor = self.money(3000)
            worth = cap.share * 100000 if isinstance(cap, AmountShare) else cap
            floor = floor if worth is None else min(floor, worth)
        return ClauseLimits(outcomes=outcomes, at_most=cap, at_least=floor, cut=self.cut())

    def cut(self) -> Any:
        return self.pick("cut", ("first come", "first come", "pro rata"))

    def payers(self, by_cohort: bool = False) -> tuple[PayerShare, ...]:
        if self.payer_count == 1:
            return ()
        first = self.payer_set()
        if not (by_cohort and self.calendar and self.chance("payers with dates", 0.3)):
            return first
        day = self.random.choice((date(2024, 1, 1), date(2024, 4, 2)))
        return (*first, *(replace(share, from_=day) for share in self.payer_set()))

    def payer_set(self) -> tuple[PayerShare, ...]:
        names = PAYERS[: self.payer_count]
        weights = [self.random.randint(1, 6) for _ in names]
        shares = [Fraction(weight, sum(weights)) for weight in weights]
        ceiling = self.chance("ceiling of a payer", 0.3)
        return tuple(
            PayerShare(
                payer=name,
                share=share,
                up_to=self.money(4000) if ceiling and place == 0 else None,
                then=names[-1] if ceiling and place == 0 else None,
            )
            for place, (name, share) in enumerate(zip(names, shares, strict=True))
        )


def _count(claim: Claims) -> ClaimCount:
    day = claim.priced_from.isoformat() if claim.priced_from else ""
    number = int(claim.accepted)
    return ClaimCount(claim.clause, claim.line, claim.cohort, claim.segment, number, number, 0, 0, 1, day)


def _profile(held: Holding) -> ClaimProfile:
    lines = tuple((line, day.isoformat() if day else "", times) for line, day, times in held.each)
    return ClaimProfile(held.clause, held.cohort, held.segment, held.people, lines)


def exact(value: float) -> float:
    """`value` at 12 digits, as a law keeps it."""
    return float(f"{value:.11e}")


def _estimate(place: tuple[str, str, str, str], result: Result) -> Estimate:
    key = EffectKey(*place)
    rule: VarianceRule | NotMeasured = NotMeasured("not measured")
    uncertainty: Covariance | NotMeasured = NotMeasured("not measured")
    if result.spread is not None:
        first, second, both = result.spread
        kind = "sampling_only" if result.sampling_only else "published"
        rule = VarianceRule(kind, "", result.freedom, "as made")
        uncertainty = Covariance((key,), read_only(np.array([[first, both], [both, second]])), (result.freedom,))
    effect = Effect(
        key=key,
        design="published" if result.counterfactual is not None else "none",
        estimand="made",
        treated_level=result.treated,
        counterfactual_level=result.counterfactual,
        n_cohort=result.people_counted,
        n_measured=result.people_measured,
        n_comparison=None,
        variance=rule,
        standard_error=result.error,
        confidence=Fraction(9, 10),
        known=result.known,  # type: ignore[arg-type]
        spread=result.deviation,
    )
    return Estimate(effect, uncertainty)
