"""One bad contract per fault, and what its message must hold; each is refused as bad input, never with a traceback.

A folder under ``contracts/`` holds only the file that differs from ``contracts/base``.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from outcomes.contract.load import load_contract
from outcomes.errors import ExitStatus, InputError, Problem
from outcomes.run.cases import run_cases

FOLDER = Path(__file__).parent / "contracts"


@dataclass(frozen=True)
class Fault:
    """A folder, the code and place of its problem, words of the message, and how many problems there are."""

    name: str
    code: str
    where: str
    words: str
    problems: int = 1


FAULTS = (
    Fault("unknown-key", "key-unknown", "contract.yaml:24:5 payments[0].onlyif", 'Did you mean "only_if"?'),
    Fault("unknown-key-deep", "key-unknown", "contract.yaml:25:22 payments[0].pay.amonut", 'Did you mean "amount"?', 2),
    Fault("missing-key", "key-missing", "contract.yaml:1:1", '"title" is missing'),
    Fault("nothing-written", "empty", "contract.yaml:3:7 title", "nothing is written here"),
    Fault("list-for-mapping", "shape", "contract.yaml:24:14 payments[0].only_if", "a mapping (key: value) is expected"),
    Fault("text-for-list", "shape", "contract.yaml:10:19 parties.outcome_payers", "a list is expected"),
    Fault("word-unknown", "word-unknown", "contract.yaml:17:38 metrics.reoffended.better", 'Did you mean "lower"?'),
    Fault("direction-missing", "key-missing", "contract.yaml:17:15 metrics.reoffended", '"better" is missing'),
    Fault("duplicate-key", "duplicate-key", "contract.yaml:26:30 payments[0].limits", '"at_most" stands twice'),
    Fault("duplicate-key-by-case", "duplicate-key", "contract.yaml:7:1", "but for case or accents as on line 6"),
    Fault("duplicate-metric-by-case", "duplicate-key", "contract.yaml:18:3 metrics", '"reoffended" but for case'),
    Fault(
        "duplicate-clause-by-case",
        "duplicate-name",
        "contract.yaml:27:9 payments[1].id",
        'another clause is called "Gain"',
    ),
    Fault("empty-list-of-clauses", "no-clause", "contract.yaml:20:11 payments", "the contract pays for nothing"),
    Fault("another-language", "word-unknown", "contract.yaml:1:11 language", "is not one of '1'"),
    Fault("python-object", "tag", "contract.yaml:3:8", "is not part of the language"),
    Fault("custom-tag", "tag", "contract.yaml:3:8", "!secret"),
    Fault("merge-key", "merge-key", "contract.yaml:26:14 payments[0].limits", "Write the words out in full"),
    Fault("tab", "not-yaml", "contract.yaml:9:1", "spaces, not tabs"),
    Fault("two-documents", "one-document", "contract.yaml:1:1", "2 documents, not one"),
    Fault("root-list", "shape", "contract.yaml:1:1", "a mapping (key: value) is expected"),
    Fault("open-quote", "not-yaml", "contract.yaml:36:1", "this is not YAML"),
    Fault("thousands-comma-quoted", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", 'Write "4000".'),
    Fault("thousands-comma-bare", "empty", "contract.yaml:25:35 payments[0].pay.000", "A comma splits a number"),
    Fault("currency-sign", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", 'Write "4000".'),
    Fault(
        "exponent",
        "amount-expected",
        "contract.yaml:25:30 payments[0].pay.amount",
        "no thousands mark, currency sign or exponent",
    ),
    Fault("underscore", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", 'Write "1000".'),
    Fault(
        "leading-zero", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", '"012" is not a plain number'
    ),
    Fault(
        "sexagesimal", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", '"1:30" is not a plain number'
    ),
    Fault("norway", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", '"NO" is not a plain number'),
    Fault("nan-price", "amount-expected", "contract.yaml:25:30 payments[0].pay.amount", '".nan" is not a plain number'),
    Fault(
        "infinite-price",
        "amount-expected",
        "contract.yaml:25:30 payments[0].pay.amount",
        '".inf" is not a plain number',
    ),
    Fault(
        "negative-price",
        "negative-amount",
        "contract.yaml:25:30 payments[0].pay.amount",
        "Money back is written as deduct: or repay:",
    ),
    Fault("negative-amount", "negative-amount", "contract.yaml:19:15 amounts.core_price", "must not be negative"),
    Fault("negative-cap", "negative-amount", "contract.yaml:26:23 payments[0].limits.at_most", "must not be negative"),
    Fault(
        "too-many-decimals",
        "too-many-decimals",
        "contract.yaml:25:30 payments[0].pay.amount",
        "GBP has 2 digits after the point",
    ),
    Fault(
        "rounding-finer-than-money",
        "too-many-decimals",
        "contract.yaml:7:16 rounding.to",
        "GBP has 2 digits after the point",
    ),
    Fault("rounding-to-nothing", "rounding", "contract.yaml:7:16 rounding.to", "a positive step"),
    Fault("price-per-nothing", "per-zero", "contract.yaml:25:16 payments[0].pay.per", "a price per nothing"),
    Fault(
        "fraction-of-a-count",
        "count-expected",
        "contract.yaml:26:24 payments[0].limits.outcomes",
        "is not a whole count",
    ),
    Fault(
        "true-and-false",
        "true-or-false",
        "contract.yaml:34:46 payments[2].pay_for.as_they_accrue",
        "neither true nor false",
    ),
    Fault(
        "bare-5",
        "unit-missing",
        "contract.yaml:24:25 payments[0].only_if.at_least",
        'Write "5 pp" (58 % to 53 %) or "5 %" (58 % to 55.1 %).',
    ),
    Fault(
        "bare-0.075",
        "unit-missing",
        "contract.yaml:24:25 payments[0].only_if.at_least",
        '"0.075" needs a unit. Write "0.075 pp" (58 % to 57.92 %) or "0.075 %" (58 % to 57.96 %).',
    ),
    Fault(
        "other-unit",
        "unit-other",
        "contract.yaml:24:25 payments[0].only_if.at_least",
        "is not in the unit of what is counted, which is pp",
    ),
    Fault("significance-95", "unit-missing", "contract.yaml:24:35 payments[0].only_if.at", 'Write "95 %"'),
    Fault(
        "significance-5-percent", "confidence", "contract.yaml:24:35 payments[0].only_if.at", "between 50 % and 100 %"
    ),
    Fault(
        "test-without-sides",
        "test-unstated",
        "contract.yaml:24:14 payments[0].only_if",
        "its confidence level and its sides",
    ),
    Fault(
        "unit-of-measure-missing",
        "unit-missing",
        "contract.yaml:23:14 payments[0].measure",
        "the measure needs its unit",
    ),
    Fault(
        "months-missing",
        "unit-missing",
        "contract.yaml:17:77 metrics.reoffended.count.within",
        'Write "12 months" or "12 days"',
    ),
    Fault(
        "day-that-does-not-exist", "date-expected", "contract.yaml:13:14 cohorts.first_day", "a day that does not exist"
    ),
    Fault("ambiguous-day", "date-expected", "contract.yaml:13:14 cohorts.first_day", "read in one way only"),
    Fault(
        "dates-reversed",
        "dates-reversed",
        "contract.yaml:14:13 cohorts.last_day",
        "the last day is before the first day",
    ),
    Fault("calendar-without-days", "cohorts", "contract.yaml:14:10 cohorts.every", "need first_day and last_day"),
    Fault("name-path", "name-expected", "contract.yaml:2:5 id", "cannot be a name"),
    Fault("name-reserved", "name-reserved", "contract.yaml:2:5 id", "reserved by Windows"),
    Fault("name-homoglyph", "name-expected", "contract.yaml:27:9 payments[1].id", "\\u0430"),
    Fault("name-newline", "name-expected", "contract.yaml:2:5 id", "cannot be a name"),
    Fault("right-to-left", "hidden-character", "contract.yaml:3:10", "U+202E"),
    Fault("right-to-left-escaped", "hidden-character", "contract.yaml:3:8 title", "cannot be seen"),
    Fault("nul-escaped", "hidden-character", "contract.yaml:3:8 title", "cannot be seen"),
    Fault("currency-unknown", "currency-unknown", "contract.yaml:6:11 currency", "not an ISO 4217 currency"),
    Fault("currency-lower-case", "currency-unknown", "contract.yaml:6:11 currency", "not an ISO 4217 currency"),
    Fault("cap-below-floor", "cap-below-floor", "contract.yaml:26:13 payments[0].limits", "the cap is below the floor"),
    Fault(
        "cap-share-below-floor",
        "cap-below-floor",
        "contract.yaml:26:13 payments[0].limits",
        "the cap is below the floor",
    ),
    Fault("payers-do-not-add-up", "payers-sum", "contract.yaml:26:13 payments[0].payers", "do not add up to 100 %"),
    Fault(
        "payer-unknown", "payer-unknown", "contract.yaml:26:22 payments[0].payers[0].payer", 'Did you mean "Council"?'
    ),
    Fault(
        "payer-ceiling-alone",
        "payer-ceiling",
        "contract.yaml:26:14 payments[0].payers[0]",
        "a ceiling needs a successor",
    ),
    Fault("payers-unsaid", "payers-missing", "contract.yaml:21:5 payments[0]", "does not say who of 2 payers pays", 3),
    Fault(
        "share-of-more-than-all",
        "share-range",
        "contract.yaml:36:24 payments[2].reduce_by.share",
        "between 0 and 100 %",
    ),
    Fault(
        "share-without-unit",
        "unit-missing",
        "contract.yaml:36:24 payments[2].reduce_by.share",
        'Write "0.33 %" or a fraction such as "1/6".',
    ),
    Fault("share-of-points", "share-of-what", "contract.yaml:25:10 payments[0].pay", "a quantity that is money"),
    Fault("each-point", "each-of-what", "contract.yaml:25:10 payments[0].pay", "not counted one by one"),
    Fault("amount-unknown", "amount-unknown", "contract.yaml:25:28 payments[0].pay.of", 'Did you mean "core_price"?'),
    Fault("net-already", "net-already", "contract.yaml:26:16 payments[0].reduce_by", "would cut it twice"),
    Fault(
        "rows-overlap", "rows-overlap", "contract.yaml:32:9 payments[1].when[1]", "rows 1 and 2 of the table overlap"
    ),
    Fault("rows-gap", "rows-gap", "contract.yaml:31:7 payments[1].when", "no row holds between row 2 and row 1"),
    Fault("rows-open-end", "rows-gap", "contract.yaml:31:7 payments[1].when", "below its first row or above its last"),
    Fault(
        "row-without-action",
        "row-action",
        "contract.yaml:32:9 payments[1].when[1]",
        "each row says one thing that happens",
    ),
    Fault(
        "row-two-actions",
        "row-action",
        "contract.yaml:32:9 payments[1].when[1]",
        "each row says one thing that happens",
    ),
    Fault(
        "otherwise-first", "otherwise-last", "contract.yaml:31:9 payments[1].when[0]", "otherwise must be the last row"
    ),
    Fault(
        "row-empty", "row-empty", "contract.yaml:32:9 payments[1].when[1]", "no value lies within this row's edges", 2
    ),
    Fault("test-repeated", "rows-overlap", "contract.yaml:32:9 payments[1].when[1]", "Put the stricter test first"),
    Fault("tiers-overlap", "table-order", "contract.yaml:25:10 payments[0].pay", "tiers overlap"),
    Fault("line-of-one-point", "table-order", "contract.yaml:25:10 payments[0].pay", "a line needs two points"),
    Fault("clause-waits-for-itself", "circle", "contract.yaml:21:5 payments[0]", "waits, directly or not, for itself"),
    Fault("circle", "circle", "contract.yaml:21:5 payments[0]", 'clause "gain" waits', 2),
    Fault(
        "clause-unknown", "clause-unknown", "contract.yaml:24:23 payments[0].only_if.clause", 'Did you mean "table"?'
    ),
    Fault("metric-unknown", "metric-unknown", "contract.yaml:23:14 payments[0].measure", 'Did you mean "reoffended"?'),
    Fault("plan-unknown", "plan-unknown", "contract.yaml:23:52 payments[0].measure.against", 'Did you mean "fixed"?'),
    Fault(
        "nothing-to-measure-against",
        "counterfactual-missing",
        "contract.yaml:23:14 payments[0].measure",
        "needs something to be measured against",
    ),
    Fault("segment-unknown", "segment-unknown", "contract.yaml:34:10 payments[2].for", '"north" is not a segment'),
    Fault("counts-nothing", "what-counts", "contract.yaml:33:5 payments[2]", "must say once what counts"),
    Fault("priced-twice", "price", "contract.yaml:33:5 payments[2]", "must be priced once"),
    Fault("test-of-a-count", "test-of-what", "contract.yaml:36:23 payments[2].only_if.tested", "has no sampling error"),
    Fault("card-missing", "table-missing", "contract.yaml:35:24 payments[2].rate_card.table", 'no file "ratecard.csv"'),
    Fault("card-path", "name-expected", "contract.yaml:35:24 payments[2].rate_card.table", "cannot be a name"),
    Fault("card-column-missing", "column-missing", "rate-card.csv:1", 'the column "price" is missing', 2),
    Fault("card-column-twice", "column-twice", "rate-card.csv:1:4", 'the column "title" stands twice'),
    Fault("card-outcome-twice", "duplicate-outcome", "rate-card.csv:3:1 outcome", "first on line 2"),
    Fault("card-negative-price", "negative-price", "rate-card.csv:2:3 price", "must not be negative"),
    Fault("card-thousands", "amount-expected", "rate-card.csv:2:3 price", 'Write "1500".'),
    Fault("card-decimals", "too-many-decimals", "rate-card.csv:2:3 price", "the currency has 2 digits after the point"),
    Fault("card-requires-unknown", "requires-unknown", "rate-card.csv:3:5 requires", 'Did you mean "home"?'),
    Fault("card-short-row", "row-length", "rate-card.csv:2", "5 cells stand where the header has 6"),
    Fault("card-open-quote", "not-csv", "rate-card.csv:3", "Close every quote"),
    Fault("card-without-line", "empty", "rate-card.csv:2", "the rate card has no line"),
    Fault("card-half-a-person", "count-expected", "rate-card.csv:2:4 times_per_person", "is not a whole count"),
    Fault("plan-design-unknown", "word-unknown", "evaluation.yaml:2:11 fixed.design", 'Did you mean "baseline"?'),
    Fault(
        "plan-setting-missing", "setting-missing", "evaluation.yaml:2:11 fixed.design", "design baseline needs baseline"
    ),
    Fault(
        "plan-setting-unused", "setting-unused", "evaluation.yaml:3:10 fixed.match", "has no meaning in design baseline"
    ),
    Fault(
        "plan-of-another-metric",
        "metric-unknown",
        "evaluation.yaml:3:13 fixed.metrics[0]",
        'Did you mean "reoffended"?',
    ),
    Fault("plan-confidence-95", "unit-missing", "evaluation.yaml:3:38 fixed.inference.confidence", 'Write "95 %"'),
    Fault("plan-with-an-id", "key-unknown", "evaluation.yaml:3:3 fixed.id", "the key above is the plan's id"),
    Fault("plan-level-bare", "unit-missing", "evaluation.yaml:4:21 fixed.baseline.level", "needs a unit"),
    Fault("plans-as-list", "shape", "evaluation.yaml:1:1", "a mapping of plans by their ids"),
    Fault(
        "plan-matching-unset", "setting-missing", "evaluation.yaml:2:11 fixed.design", "design matching needs adjust", 5
    ),
    Fault(
        "case-metric-unknown",
        "metric-unknown",
        "cases.yaml:7:26 cases[0].given.results[0].metric",
        'Did you mean "reoffended"?',
    ),
    Fault(
        "case-cohort-unknown",
        "cohort-unknown",
        "cases.yaml:7:46 cases[0].given.results[0].cohort",
        "is not a cohort of the contract",
    ),
    Fault(
        "case-line-unknown",
        "line-unknown",
        "cases.yaml:8:46 cases[0].given.claims[0].counts.hom",
        'Did you mean "home"?',
    ),
    Fault(
        "case-clause-unknown",
        "clause-unknown",
        "cases.yaml:9:48 cases[0].expect.clauses.hoems",
        'Did you mean "homes"?',
    ),
    Fault("case-per-nothing", "per-zero", "cases.yaml:7:93 cases[0].given.results[0].per", "per: 0 has no meaning"),
    Fault(
        "case-one-level", "result", "cases.yaml:7:17 cases[0].given.results[0]", "states its levels, or an improvement"
    ),
    Fault(
        "case-bare-improvement",
        "unit-missing",
        "cases.yaml:7:68 cases[0].given.results[0].improvement",
        "Write % or pp",
    ),
    Fault("case-without-mark", "key-missing", "cases.yaml:2:5 cases[0]", '"mark" is missing'),
    Fault("case-money-with-comma", "amount-expected", "cases.yaml:9:21 cases[0].expect.total", 'Write "22351"'),
)


def folder_with(tmp_path: Path, name: str = "base") -> Path:
    """The good contract with the files of one fault over it."""
    place = tmp_path / "contract"
    shutil.copytree(FOLDER / "base", place)
    shutil.copytree(FOLDER / name, place, dirs_exist_ok=True)
    return place


def problems_in(place: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_contract(place)
    assert caught.value.exit_status == ExitStatus.BAD_INPUT
    return caught.value.problems


def changed(tmp_path: Path, old: str, new: str, encoding: str = "utf-8", file: str = "contract.yaml") -> Path:
    """The good contract with some text of one file changed."""
    place = folder_with(tmp_path)
    text = (place / file).read_text("utf-8")
    assert old in text
    (place / file).write_bytes(text.replace(old, new, 1).encode(encoding))
    return place


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_with_its_place_and_the_next_step(fault: Fault, tmp_path: Path) -> None:
    problems = problems_in(folder_with(tmp_path, fault.name))
    assert [p for p in problems if p.code == fault.code and p.where == fault.where and fault.words in str(p)], problems
    assert len(problems) == fault.problems, "\n".join(map(str, problems))


def test_every_folder_is_a_fault_of_the_table() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == {fault.name for fault in FAULTS} | {"base"}


def test_the_good_contract_loads_and_its_case_comes_out(tmp_path: Path) -> None:
    contract = load_contract(folder_with(tmp_path))
    assert [result.passed for result in run_cases(contract)] == [True]


def test_five_faults_are_five_problems_in_one_pass(tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    text = (place / "contract.yaml").read_text("utf-8")
    for old, new in (
        ("currency: GBP", "currency: QQQ"),
        ("at_least: 5 pp}\n    pay", "at_least: 5}\n    pay"),
        ("less_than: 5 pp", "less_than: 4 pp"),
        ("last_day: 2024-12-31", "last_day: 2023-12-31"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (place / "contract.yaml").write_text(text, "utf-8")
    (place / "evaluation.yaml").write_text("fixed:\n  design: basline\n  metrics: [reoffended]\n", "utf-8")
    problems = problems_in(place)
    assert sorted(problem.code for problem in problems) == [
        "currency-unknown",
        "dates-reversed",
        "rows-gap",
        "unit-missing",
        "word-unknown",
    ]
    assert all(":" in problem.where and problem.message and problem.hint for problem in problems)


def test_five_faults_of_shape_are_five_problems_in_one_pass(tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    text = (place / "contract.yaml").read_text("utf-8")
    for old, new in (
        ("title: A small", "titel: A small"),
        ("4000.10", "£4000"),
        ("better: lower", "better: lowr"),
        ("2024-01-01", "2024-02-31"),
    ):
        text = text.replace(old, new, 1)
    (place / "contract.yaml").write_text(text, "utf-8")
    codes = sorted(problem.code for problem in problems_in(place))
    assert codes == ["amount-expected", "date-expected", "key-missing", "key-unknown", "word-unknown"]


LAUGHS = "x0: &x0 [a, a]\n" + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("language: 1\n", LAUGHS, "alias"),
        ("title: A small contract", "title: " + "[" * 2000 + "]" * 2000, "too-deep"),
        ("title: A small contract", "title: " + "[" * 2000, "too-deep"),
        ("4000.10", "9" * 5000, "amount-expected"),
        ("4000.10", "1" + "0" * 5000 + ".5", "amount-expected"),
        ("language: 1", "language: 1\nabout: " + "x" * 5000, "too-long"),
        ("title: A small contract", "title: A\x00small contract", "hidden-character"),
        ("title: A small contract", "title: A\u202esmall contract", "hidden-character"),
        ("title: A small contract", "title: A\u200bsmall contract", "hidden-character"),
    ],
    ids=["billion laughs", "2,000 brackets", "2,000 open brackets", "5,000 digits", "5,000 digits and a half",
         "5,000 characters", "NUL", "right to left", "zero width"],
)  # fmt: skip
def test_a_file_made_to_hurt_is_refused_at_once(old: str, new: str, code: str, tmp_path: Path) -> None:
    assert code in {problem.code for problem in problems_in(changed(tmp_path, old, new))}


@pytest.mark.parametrize(
    ("encoding", "code"), [("latin-1", "not-utf-8"), ("utf-16", "not-utf-8"), ("utf-16-le", "not-utf-8")]
)
def test_another_encoding_is_refused(encoding: str, code: str, tmp_path: Path) -> None:
    place = changed(tmp_path, "commissioner: Council", "commissioner: Café", encoding)
    assert problems_in(place)[0].code == code


@pytest.mark.parametrize(("start", "ends"), [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n")])
def test_a_byte_order_mark_and_line_ends_of_windows_are_good(start: bytes, ends: bytes, tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    plain = load_contract(place)
    for file in place.iterdir():
        file.write_bytes(start + file.read_bytes().replace(b"\n", ends))
    assert load_contract(place).fingerprint == plain.fingerprint


def test_an_unquoted_decimal_stays_exact(tmp_path: Path) -> None:
    price = load_contract(folder_with(tmp_path)).terms.payments[0].pay
    assert price is not None
    assert str(price.amount) == "40001/10"  # type: ignore[union-attr]


@pytest.mark.parametrize("file", ["contract.yaml", "evaluation.yaml", "cases.yaml", "rate-card.csv"])
def test_an_empty_file_is_named(file: str, tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    (place / file).write_bytes(b"")
    assert any("empty" in problem.message and file in problem.where for problem in problems_in(place))


def test_a_missing_folder_and_a_folder_without_a_contract_are_named(tmp_path: Path) -> None:
    assert problems_in(tmp_path / "none")[0].code == "contract-missing"
    assert "outcomes new" in problems_in(tmp_path)[0].hint


@pytest.mark.parametrize("file", ["contract.yaml", "evaluation.yaml", "cases.yaml", "rate-card.csv"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "broken link"])
def test_what_is_no_file_is_refused_and_never_waited_for(file: str, kind: str, tmp_path: Path) -> None:
    place = folder_with(tmp_path)
    (place / file).unlink()
    if kind == "folder":
        (place / file).mkdir()
    elif kind == "pipe":
        os.mkfifo(place / file)
    else:
        (place / file).symlink_to(file if kind == "loop" else "nothing.yaml")
    problems = problems_in(place)
    assert any(file in str(problem) or problem.code == "contract-missing" for problem in problems)
