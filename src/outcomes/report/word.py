"""A report as a Word document, from the same blocks as the page.

The same content gives the same bytes: fixed properties, fixed times in the archive.  Text is
only ever text: nothing of it becomes a field, a link or a style.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outcomes.money import Money
from outcomes.report.blocks import (
    Bridge,
    Callout,
    Column,
    Definitions,
    Figure,
    Heading,
    KeyFigures,
    Listing,
    Paragraph,
    ReportContent,
    SignOff,
    Table,
)

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["render_word", "word_text"]

_FIXED = datetime(2000, 1, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_TURNING = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DARK = "12436D"
_SIGN_HEIGHT = 1.1
_SIGN_SHARES = (0.34, 0.24, 0.14, 0.28)
_PAGE = 174
"""Millimetres between the margins."""
_LETTER, _MARGIN = 1.9, 4.0
"""Millimetres that a letter of a table and the two sides of a cell take."""
_WIDE = 60
"""Letters from which on a longer cell makes its column no wider."""


def render_word(content: ReportContent) -> bytes:
    """The report as a .docx file; the same content gives the same bytes."""
    import docx

    document = docx.Document()
    _set_up(document, content)
    document.add_paragraph(word_text(content.label)).runs[0].bold = True
    document.add_heading(word_text(content.title), 0)
    document.add_paragraph(word_text(content.subtitle), style="Subtitle")
    for block in content.blocks:
        _WRITERS[type(block)](document, block)
    _write_heading(document, Heading("What this was made from"))
    _write_definitions(document, Definitions(content.facts))
    stream = io.BytesIO()
    document.save(stream)
    return _same_bytes(stream.getvalue())


def word_text(text: str) -> str:
    """`text` without characters that XML forbids or that steer what is seen."""
    return "".join(mark for mark in text if mark in "\n\t" or not _is_hidden(mark))


def _is_hidden(mark: str) -> bool:
    return unicodedata.category(mark) in ("Cc", "Cs") or mark in _TURNING or ord(mark) & 0xFFFE == 0xFFFE


def _set_up(document: Document, content: ReportContent) -> None:
    """A4 pages, British English, properties that do not change, and the label on every page."""
    from docx.shared import Mm, Pt

    properties = document.core_properties
    properties.title, properties.subject = word_text(content.title)[:255], word_text(content.subtitle)[:255]
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.created = properties.modified = _FIXED
    properties.language, properties.revision = "en-GB", 1
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(20)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10.5)
    for language in document.styles.element.iter(_name("w:lang")):
        language.set(_name("w:val"), "en-GB")
    section.header.paragraphs[0].text = word_text(f"{content.label} — {content.title}")
    _page_number(section.footer.paragraphs[0])


def _name(tag: str) -> Any:
    from docx.oxml.ns import qn

    return qn(tag)


def _element(tag: str, **attributes: str) -> Any:
    """An XML element of the ``w:`` namespace."""
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for key, value in attributes.items():
        element.set(_name(f"w:{key}"), value)
    return element


def _page_number(paragraph: Any) -> None:
    paragraph.add_run("Page ")
    field = _element("w:fldSimple", instr="PAGE")
    run = paragraph.add_run("1")._r
    paragraph._p.append(field)
    field.append(run)


def _write_heading(document: Document, block: Heading) -> None:
    document.add_heading(word_text(block.text), block.level - 1)


def _write_paragraph(document: Document, block: Paragraph) -> None:
    _add(document, block.text, size=9 if block.small else None)


def _add(document: Document, text: str, style: str | None = None, bold: bool = False, size: float | None = None) -> Any:
    from docx.shared import Pt

    paragraph = document.add_paragraph(style=style)
    run = paragraph.add_run(word_text(text))
    run.bold = bold or None
    if size:
        run.font.size = Pt(size)
    return paragraph


def _write_key_figures(document: Document, block: KeyFigures) -> None:
    rows = tuple((figure.label, figure.value, figure.note) for figure in block.figures)
    _table(document, ("What", "How much", "Note"), rows, ())


def _write_table(document: Document, block: Table) -> None:
    _caption(document, block.caption)
    numeric = [index for index, column in enumerate(block.columns) if column.numeric]
    _table(document, [column.title for column in block.columns], block.rows, numeric)
    if block.note:
        _add(document, block.note, size=9)


def _caption(document: Document, text: str) -> None:
    paragraph = _add(document, text, bold=True)
    paragraph.paragraph_format.keep_with_next = True


def _shares(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """How much of the page's width each column takes: room for its longest word, the rest by its longest cell."""
    columns = list(zip(titles, *rows, strict=True))
    words = [
        _MARGIN + _LETTER * max(len(word) for cell in column for word in (*cell.split(), "")) for column in columns
    ]
    cells = [min(max(len(cell) for cell in column), _WIDE) for column in columns]
    left = max(_PAGE - sum(words), 0)
    wanted = [word + left * cell / max(sum(cells), 1) for word, cell in zip(words, cells, strict=True)]
    return [width / sum(wanted) for width in wanted]


def _set_widths(table: Any, cells: Sequence[Any], shares: Sequence[float]) -> None:
    """Each column's width, in the grid and in every cell: some readers look at one, some at the other."""
    from docx.shared import Mm

    table.autofit = False
    widths = [Mm(round(_PAGE * share, 1)) for share in shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for place, cell in enumerate(cells):
        cell.width = widths[place % len(widths)]


def _table(
    document: Document,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[int],
    shares: Sequence[float] = (),
) -> Any:
    """A table whose first row comes again on every page; columns as wide as what they hold needs."""
    table = document.add_table(rows=1 + len(rows), cols=len(titles), style="Table Grid")
    # Rows by index cost a search through the whole table; the cells are taken once.
    cells = table._cells
    _set_widths(table, cells, shares or _shares(titles, rows))
    for index, title in enumerate(titles):
        _fill(cells[index], title, bold=True, right=index in numeric)
    for place, row in enumerate(rows, start=1):
        for index, text in enumerate(row):
            _fill(cells[place * len(titles) + index], text, right=index in numeric)
    table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
    document.add_paragraph().paragraph_format.space_after = 0
    return table


def _fill(cell: Any, text: str, bold: bool = False, right: bool = False) -> None:
    """A cell's text; an empty line opens a new paragraph."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for index, part in enumerate(word_text(text).split("\n\n")):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(part)
        run.font.size = Pt(9)
        run.bold = bold or None


def _write_figure(document: Document, block: Figure) -> None:
    """What the picture shows in words, and its numbers; Word has no place for the picture itself."""
    _add(document, block.title, bold=True)
    _add(document, block.alt)
    _write_table(document, block.table)


def _write_bridge(document: Document, block: Bridge) -> None:
    rows = [(label, str(Money(amount, block.currency))) for label, amount, _ in block.lines]
    _write_table(document, Table(block.caption, (Column("Step"), Column("Amount", numeric=True)), tuple(rows)))


def _write_callout(document: Document, block: Callout) -> None:
    """Two paragraphs with a line at their left."""
    warning = "Warning: " if block.kind == "warning" else ""
    for paragraph in (_add(document, warning + block.title, bold=True), _add(document, block.text)):
        borders = _element("w:pBdr")
        borders.append(_element("w:left", val="single", sz="36", space="8", color=_DARK))
        paragraph._p.get_or_add_pPr().insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
        paragraph.paragraph_format.keep_together = True


def _write_listing(document: Document, block: Listing) -> None:
    for item in block.items:
        _add(document, item, style="List Bullet")


def _write_definitions(document: Document, block: Definitions) -> None:
    for term, meaning in block.items:
        paragraph = document.add_paragraph()
        paragraph.add_run(word_text(f"{term}: ")).bold = True
        paragraph.add_run(word_text(meaning))


def _write_sign_off(document: Document, block: SignOff) -> None:
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Cm

    _caption(document, block.caption)
    rows = [(role, "", "", "") for role in block.roles]
    table = _table(document, ("Role", "Name", "Date", "Signature"), rows, (), _SIGN_SHARES)
    for row in list(table.rows)[1:]:
        row.height, row.height_rule = Cm(_SIGN_HEIGHT), WD_ROW_HEIGHT_RULE.AT_LEAST
        row._tr.get_or_add_trPr().append(_element("w:cantSplit", val="true"))


_WRITERS: dict[type, Callable[[Any, Any], None]] = {
    Heading: _write_heading,
    Paragraph: _write_paragraph,
    KeyFigures: _write_key_figures,
    Table: _write_table,
    Figure: _write_figure,
    Bridge: _write_bridge,
    Callout: _write_callout,
    Listing: _write_listing,
    Definitions: _write_definitions,
    SignOff: _write_sign_off,
}


def _same_bytes(data: bytes) -> bytes:
    """The archive again, with its parts in order and one fixed time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, old.read(name))
    return stream.getvalue()
