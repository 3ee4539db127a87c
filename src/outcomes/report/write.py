"""A run's reports and figures as files, for the run folder or for one reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from outcomes.document.tables import csv_table
from outcomes.report.blocks import Figure, ReportContent
from outcomes.report.commissioner import commissioner_summary
from outcomes.report.html import render_html
from outcomes.report.provider import provider_statement
from outcomes.run.objects import Run
from outcomes.run.writing import write_into

__all__ = ["report_files", "report_page", "write_reports"]

_REPORTS = {
    "provider": ("parties/provider-statement.html", provider_statement),
    "commissioner": ("parties/commissioner-summary.html", commissioner_summary),
}


def report_page(run: Run, reader: str) -> tuple[str, bytes]:
    """``(name in the run folder, page)`` of the report for one reader.

    Parameters
    ----------
    reader : {"provider", "commissioner"}
    """
    name, make = _REPORTS[reader]
    return name, render_html(make(run))


def report_files(run: Run) -> list[tuple[str, bytes]]:
    """Every report of a run, and each figure as SVG with its data as CSV."""
    files: dict[str, bytes] = {}
    for name, make in _REPORTS.values():
        content = make(run)
        files[name] = render_html(content)
        files |= dict(_figures(content))
    return sorted(files.items())


def write_reports(run: Run, folder: Path) -> tuple[Path, ...]:
    """Writes every report and figure of a run into `folder`, each file whole or not at all.

    Returns
    -------
    tuple of Path
        The files, in order of their names.

    Raises
    ------
    InputError
        If a name would lead out of the folder.
    EnvironmentFailure
        If the disk refuses.
    """
    files = report_files(run)
    write_into(folder, files)
    return tuple(folder / name for name, _ in files)


def _figures(content: ReportContent) -> Iterator[tuple[str, bytes]]:
    for block in content.blocks:
        if isinstance(block, Figure):
            yield f"figures/{block.name}.svg", block.svg
            yield f"figures/{block.name}.csv", _data(block)


def _data(figure: Figure) -> bytes:
    return csv_table([column.title for column in figure.table.columns], figure.table.rows)
