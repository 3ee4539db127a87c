"""Pictures: the same bytes, nothing outside themselves, the same numbers as the results."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest

from outcomes.band import Band, no_band
from outcomes.cohort.objects import Flow, FlowStep
from outcomes.counterfactual.objects import Balance, BalanceRow
from outcomes.figures.curve import curve_figure, payment_on_curve
from outcomes.figures.flow import flow_diagram
from outcomes.figures.love import love_plot
from outcomes.figures.picture import Picture
from outcomes.figures.plot import plot
from outcomes.figures.waterfall import payment_waterfall
from outcomes.payment.statement import PaymentCurve, Waterfall

NINETY = Fraction(9, 10)


def waterfall(*amounts: str) -> Waterfall:
    parts = [Decimal(amount) for amount in amounts]
    return Waterfall(*parts, due=sum(parts, Decimal(0)))


def curve(measured: bool = True, after: bool = False) -> PaymentCurve:
    """Nothing below 5 pp, 150,000 from there (or, with `after`, only above)."""
    effect = np.unique([*np.linspace(-6.0, 20.0, 53), 5.0 - 5e-9, 5.0])
    payment = np.where(effect > 5 if after else effect >= 5, 150_000.0, 0.0)
    at, share = (np.linspace(2, 10, 20), np.full(20, 0.05)) if measured else (np.zeros(0), np.zeros(0))
    low, high = (2.5, 9.5) if measured else (None, None)
    whole = "all cohorts together"
    return PaymentCurve("a", whole, "pp", effect, payment, 6.1, 150_000.0, low, high, at, share, (5.0,))


def balance(*rows: tuple[str, float, float]) -> Balance:
    return Balance(tuple(BalanceRow(name, 0, 0, 0, b, a, 1, 1, 0, 0) for name, b, a in rows), 5, 5, 5.0)


RANGE = Band("joint draws", NINETY, Fraction(0), Fraction(150_000))
FLOW = Flow((FlowStep("referred", 200, 16_000), FlowStep("matched", 185, 185, "no match")))
LONG = "number of previous convictions in the {} months before the start date"
MANY = balance(*((LONG.format(i), 0.1 * i, 0.01 * i) for i in range(25)))
PICTURES = {
    "waterfall": lambda: payment_waterfall(waterfall("587295.77", "-394303.09", "-46250", "0", "0"), "USD"),
    "zero": lambda: payment_waterfall(waterfall("0", "0", "0", "0", "0"), "GBP"),
    "repayment": lambda: payment_waterfall(waterfall("0", "0", "-46250", "0", "0"), "GBP"),
    "21 digits": lambda: payment_waterfall(waterfall("987654321987654321987.65", "-1", "0", "0", "0.01"), "GBP"),
    "curve": lambda: payment_on_curve(curve(), RANGE, "GBP"),
    "curve, not measured": lambda: payment_on_curve(curve(False), no_band("not measured", "no variance"), "GBP"),
    "love": lambda: love_plot(balance(("age", 0.4, -0.02), ("re75", -6.2, -0.3))),
    "love, one": lambda: love_plot(balance(("age", 0.4, -0.02))),
    "love, many": lambda: love_plot(MANY),
    "love, none": lambda: love_plot(balance()),
    "love, not a number": lambda: love_plot(balance(("$a$ \u4e2d", float("nan"), 3.0))),
    "flow": lambda: flow_diagram(FLOW),
    "flow, empty": lambda: flow_diagram(Flow(())),
}


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_the_same_every_time_and_stands_alone(make):
    import matplotlib

    picture = make()
    assert isinstance(picture, Picture)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "axes.facecolor": "red"}):
        assert make().svg == picture.svg
    text = picture.svg.decode()
    root = ElementTree.fromstring(text)  # noqa: S314
    assert text.startswith("<svg ") and root.get("viewBox") and root.get("width") == "100%"
    assert "style" not in text and "<metadata" not in text and "<text" not in text
    for node in root.iter():
        for name, value in node.attrib.items():
            assert "//" not in value
            assert not name.endswith("href") or value.startswith("#p")
    names = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(names) == len(set(names))
    assert all(len(row) == len(picture.header) for row in picture.rows)
    assert picture.alt.endswith(".")


def test_no_pyplot_and_no_matplotlib_before_a_figure_is_drawn():
    code = (
        "import sys, outcomes.figures.plot as p, outcomes.figures.flow as f; assert 'matplotlib' not in sys.modules\n"
        "from outcomes.cohort.objects import Flow, FlowStep\n"
        "f.flow_diagram(Flow((FlowStep('referred', 2, 1),))); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_rows_of_a_waterfall_are_its_amounts_without_the_steps_of_nothing():
    picture = payment_waterfall(waterfall("12000.50", "-30000.50", "0", "20000", "0"), "GBP")
    assert [amount for _, amount in picture.rows] == ["£12,000.50", "-£30,000.50", "£20,000.00", "£2,000.00"]
    assert "£2,000.00 due" in picture.alt


def test_a_negative_amount_due_is_to_be_paid_back():
    picture = PICTURES["repayment"]()
    assert "-£46,250.00 due, which is to be paid back" in picture.alt
    assert picture.rows[-1] == ("Due (to be paid back)", "-£46,250.00")


def test_21_digits_stay_exact():
    assert PICTURES["21 digits"]().rows[-1][1] == "£987,654,321,987,654,321,986.66"


def test_the_curve_says_payment_range_interval_and_jump():
    alt = payment_on_curve(curve(), RANGE, "GBP").alt
    for words in ("£150,000.00 at 6.1 pp", "£0.00 to £150,000.00", "2.5 to 9.5 pp", "jumps at 5 pp"):
        assert words in alt
    assert "No range is given: no variance." in PICTURES["curve, not measured"]().alt


@pytest.mark.parametrize(("after", "closed"), [(False, 150_000.0), (True, 0.0)])
def test_the_filled_dot_is_what_is_paid_at_the_jump_itself(after, closed):
    lines = curve_figure(curve(after=after), RANGE, "GBP").axes[0].lines
    dots = {line.get_markerfacecolor(): line.get_ydata()[0] for line in lines if line.get_marker() == "o"}
    assert dots == {"#12436D": closed, "white": 150_000.0 - closed}


def test_the_love_plot_counts_what_is_above_a_tenth():
    picture = PICTURES["love"]()
    assert "Before, the largest is 6.2 (re75) and 2 of them exceed 0.1." in picture.alt
    assert "After, the largest is 0.3 (re75) and 1 of them exceed 0.1." in picture.alt
    assert picture.rows[0] == ("re75", "6.2", "0.3")
    assert PICTURES["love, not a number"]().rows == (("$a$ \u4e2d", "not defined", "3"),)


def test_the_flow_says_where_most_were_lost():
    assert "The largest loss is 15,830 people at \u201cmatched\u201d." in flow_diagram(FLOW).alt


@pytest.mark.parametrize("result", [MANY, FLOW, curve(), waterfall("1", "0", "0", "0", "0")])
def test_plot_draws_each_result(result):
    assert plot(result).axes


def test_plot_names_what_it_can_draw():
    with pytest.raises(TypeError, match="a flow"):
        plot(3)
