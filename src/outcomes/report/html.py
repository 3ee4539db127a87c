"""A report as one self-contained HTML page that needs no script and reaches nothing.

Every value is escaped, every attribute is quoted.  The content security policy allows
the page's own style, by its hash, and pictures inside the page; nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import category

from outcomes.money import Money
from outcomes.report.blocks import Bridge, Figure, ReportContent

__all__ = ["render_html"]

_HIDDEN = ("Cc", "Cf", "Cs", "Co")


def render_html(content: ReportContent) -> bytes:
    """The report as UTF-8 HTML; the same content gives the same bytes."""
    style = _template_text("style.css")
    page = _page().render(
        content=content, style=style, policy=_policy(style), kind=_kind, money=_money, picture=_picture
    )
    return (_visible(str(page)) + "\n").encode()


def _visible(page: str) -> str:
    """The page without characters that cannot be seen and could steer what shows it."""
    return "".join(mark if mark in "\n\t" or category(mark) not in _HIDDEN else "\ufffd" for mark in page)


def _kind(block: object) -> str:
    return type(block).__name__


def _money(bridge: Bridge, amount: Decimal) -> str:
    return str(Money(amount, bridge.currency))


def _picture(figure: Figure) -> str:
    """The picture inside the page; an image, so that nothing in it can act."""
    return "data:image/svg+xml;base64," + base64.b64encode(figure.svg).decode()


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"


def _template_text(name: str) -> str:
    return (files("outcomes.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _page() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_template_text("page.html"))
