"""Reports on disk: the names that are promised, whole files, nothing outside the folder."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from outcomes.errors import InputError
from outcomes.report.blocks import Figure
from outcomes.report.commissioner import commissioner_summary
from outcomes.report.write import report_files, write_reports
from tests.reports.runs import matched, published, rate_card


def test_every_report_and_figure_is_written_whole(tmp_path: Path) -> None:
    written = write_reports(matched(), tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in written]
    assert names == sorted(names)
    assert {"parties/provider-statement.html", "parties/commissioner-summary.html"} <= set(names)
    figures = {Path(name).stem for name in names if name.startswith("figures/")}
    of_the_plan = {f"{kind}-matched-cps" for kind in ("balance", "flow", "score")}
    assert figures == {"payment-waterfall", "payment-curve-earnings-gain", *of_the_plan}
    assert {f"figures/{figure}.{kind}" for figure in figures for kind in ("svg", "csv")} <= set(names)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == set(names)
    assert [path.read_bytes() for path in written] == [data for _, data in report_files(matched())]


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in write_reports(rate_card(), tmp_path)}
    assert {path: path.read_bytes() for path in write_reports(rate_card(), tmp_path)} == first


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    run = matched()
    plans = tuple(replace(plan, plan="../../../../outside") for plan in run.plans)
    with pytest.raises(InputError, match="leads out of the folder"):
        write_reports(replace(run, plans=plans), tmp_path / "reports")
    assert not list(tmp_path.glob("outside*"))


def test_data_of_a_figure_is_the_table_beside_it(tmp_path: Path) -> None:
    write_reports(published(), tmp_path)
    for figure in commissioner_summary(published()).blocks:
        if isinstance(figure, Figure):
            text = (tmp_path / "figures" / f"{figure.name}.csv").read_text("utf-8-sig")
            header, *rows = csv.reader(text.splitlines())
            assert header == [column.title for column in figure.table.columns]
            assert len(rows) == len(figure.table.rows)
