"""Laws of limits and of terms beside a price that hold for every contract."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outcomes.claims.objects import ClaimProfile
from outcomes.contract.clauses import BandPrice, ClauseLimits, Composition, PresentValue, VolumeBand
from outcomes.payment.limits import cut_to, per_person_factors, used_up, within_composition
from outcomes.payment.prices import price_rows
from outcomes.payment.rows import Row
from outcomes.payment.scene import Scene, point_scene
from tests.unit.payment.build import contract, known

F = Fraction
EXACT = point_scene(known())
DRAWN = Scene(False, {}, {}, 1)
UNITS = st.lists(st.integers(0, 200), min_size=4, max_size=4)
SHARES = st.integers(0, 10).map(lambda tenths: F(tenths, 10))
MONEY = st.fractions(-500, 500, max_denominator=100)
ROWS = [Row("c", segment, "claims", line) for line in "ab" for segment in ("north", "south")]


def exact(values: list[int] | list[Fraction]) -> np.ndarray:
    return np.array([F(value) for value in values], dtype=object)


@given(UNITS, SHARES, SHARES, st.one_of(st.none(), st.integers(0, 300)), st.sampled_from(["first come", "pro rata"]))
def test_no_part_is_ever_more_than_its_share_and_no_more_is_cut_than_must_be(
    units: list[int], first: Fraction, second: Fraction, most: int | None, cut: str
) -> None:
    rules = (Composition(share=first, from_="a"), Composition(share=second, from_="b"))
    limits = ClauseLimits(composition=rules, outcomes=most, cut=cut)  # type: ignore[arg-type]
    within = within_composition(limits, exact(units), ROWS, EXACT)
    if most is not None:
        within = cut_to(within, F(most), cut, EXACT)
    total = sum(within.tolist(), F(0))
    assert all(0 <= kept <= given for kept, given in zip(within.tolist(), units, strict=True))
    for places, share in ((slice(0, 2), first), (slice(2, 4), second)):
        assert sum(within[places].tolist(), F(0)) <= share * total
    if first + second >= 1 and most is None and min(sum(units[:2]), sum(units[2:])) > 0 and min(first, second) > 0:
        assert total > 0


@given(UNITS, SHARES.filter(lambda share: share > 0))
def test_rules_for_lines_and_for_segments_hold_together(units: list[int], share: Fraction) -> None:
    rules = (Composition(share=share, from_="a"), Composition(share=F(9, 10), from_="north"))
    within = within_composition(ClauseLimits(composition=rules), exact(units), ROWS, EXACT).tolist()
    total, hair = sum(within, F(0)), F(1, 10**6)
    assert within[0] + within[1] <= share * total + hair
    assert within[0] + within[2] <= F(9, 10) * total + hair


@given(UNITS, SHARES, SHARES)
def test_composition_is_the_same_at_the_point_and_in_draws(units: list[int], first: Fraction, second: Fraction) -> None:
    rules = (Composition(share=first, from_="a"), Composition(share=second, from_="b"))
    point = within_composition(ClauseLimits(composition=rules), exact(units), ROWS, EXACT)
    drawn = within_composition(ClauseLimits(composition=rules), np.array([units], dtype=float), ROWS, DRAWN)
    assert drawn.dtype == np.float64
    assert np.allclose(drawn[0], point.astype(float), atol=1e-9)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=6),
    st.fractions(0, 2000, max_denominator=100),
    st.sampled_from(["first come", "pro rata"]),
)
def test_nobody_is_paid_more_than_the_limit_for_each_person(
    people: list[tuple[int, int, int]], limit: Fraction, how: str
) -> None:
    profiles = [ClaimProfile("c", "all", "everyone", number, (("a", "", a), ("b", "", b))) for number, a, b in people]
    prices = {(line, "all", "everyone", ""): F(price) for line, price in (("a", 130), ("b", 700))}
    left = per_person_factors(limit, prices, profiles, how)
    paid = F(0)
    for line in "ab":
        key = (line, "all", "everyone", "")
        paid += left[key] * prices[key] * sum(n * (a if line == "a" else b) for n, a, b in people)
    assert paid == sum((n * min(limit, F(130 * a + 700 * b)) for n, a, b in people), F(0))


@given(st.lists(MONEY, min_size=1, max_size=6), st.fractions(0, 600, max_denominator=100))
def test_first_come_and_pro_rata_cut_to_the_same_total(amounts: list[Fraction], cap: Fraction) -> None:
    whole = sum(amounts, F(0))
    for how in ("first come", "pro rata"):
        assert sum(cut_to(exact(amounts), cap, how, EXACT).tolist(), F(0)) == min(whole, cap)


@given(st.lists(MONEY, min_size=1, max_size=6), st.fractions(0, 600, max_denominator=100))
def test_a_later_row_never_changes_what_an_earlier_one_is_paid(amounts: list[Fraction], cap: Fraction) -> None:
    all_of_them = used_up(exact(amounts), cap, EXACT).tolist()
    assert used_up(exact(amounts[:-1]), cap, EXACT).tolist() == all_of_them[:-1]


@given(UNITS, st.lists(st.integers(1, 300), min_size=1, max_size=3, unique=True))
def test_a_volume_band_prices_all_units_alike(units: list[int], starts: list[int]) -> None:
    bands = BandPrice(bands=tuple(VolumeBand(from_=start, each=F(100 - start // 4)) for start in (0, *sorted(starts))))
    rows = [Row("c", "everyone", "claims", scope="c")] * 4
    money = price_rows(contract(), bands, exact(units), rows, EXACT).tolist()
    reached = [band.each for band in bands.bands if band.from_ <= sum(units)][-1]
    assert money == [unit * reached for unit in units]


@given(st.fractions(F(-1, 2), 1, max_denominator=50), st.integers(1, 12), st.fractions(0, 1, max_denominator=50))
def test_a_present_value_is_the_sum_of_its_years(rate: Fraction, years: int, decay: Fraction) -> None:
    by_hand = sum((F(1 - decay) ** year / (1 + rate) ** year for year in range(years)), F(0))
    assert PresentValue(rate=rate, years=years, decay=decay).factor == by_hand
