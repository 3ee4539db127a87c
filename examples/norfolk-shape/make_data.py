"""Makes the synthetic data of this story: 60 children, their spans out of care, and three corrections.

Nobody here is real.  The truth is known because it is drawn first: `events.csv` holds it as it
was known at the end of quarter 21.  The files under `deliveries/` are what the provider had sent
by the end of quarters 11, 16 and 19, before some spans were corrected: then spans moved, were
joined, or were taken back.  Every file is cumulative.

Run it with Python and nothing else: ``python make_data.py`` writes the same bytes every time.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

SEED = 178
CHILDREN = 60
FIRST_START, LAST_START, EXTRACTED = date(2015, 1, 5), date(2017, 6, 30), date(2020, 3, 31)
EARLIER = {"2017-Q3": date(2017, 9, 30), "2018-Q4": date(2018, 12, 31), "2019-Q3": date(2019, 9, 30)}


@dataclass(frozen=True)
class Span:
    """One row of events.csv; no `last` means that it is still open."""

    person: str
    event: str
    first: date
    last: date | None
    ref: str


def make_people(chance: random.Random) -> dict[str, tuple[date, str]]:
    """Identifier to start date and group: two in three are on the edge of care."""
    days = (LAST_START - FIRST_START).days
    return {
        f"NS-{number:03d}": (
            FIRST_START + timedelta(chance.randint(0, days)),
            "coming-home" if number % 3 == 0 else "edge-of-care",
        )
        for number in range(1, CHILDREN + 1)
    }


def spans_of(chance: random.Random, person: str, start: date) -> list[Span]:
    """Spans at home with gaps in care between them; a few days in hospital or custody; some recorded twice."""
    rows: list[Span] = []
    day = start - timedelta(chance.choice((0, 0, 0, 20)))  # some were at home before they started
    while day < EXTRACTED:
        last = day + timedelta(chance.randint(60, 600))
        rows.append(Span(person, "days_out_of_care", day, last if last < EXTRACTED else None, ""))
        if chance.random() < 0.25:
            again = day + timedelta(chance.randint(10, 50))
            rows.append(Span(person, "days_out_of_care", again, again + timedelta(8), ""))  # overlaps
        if chance.random() < 0.4:
            away = day + timedelta(chance.randint(0, 50))
            event = chance.choice(("hospital", "hospital", "custody"))
            rows.append(Span(person, event, away, away + timedelta(chance.randint(0, 25)), ""))
        day = last + timedelta(chance.randint(1, 90))
    return [replace(row, ref=f"{person}-{number}") for number, row in enumerate(rows, start=1)]


def as_known(rows: list[Span], day: date) -> list[Span]:
    """What the provider knew on a day: nothing later, and spans that had not ended are open."""
    return [
        replace(row, last=None if row.last is None or row.last > day else row.last) for row in rows if row.first <= day
    ]


def before_corrections(rows: list[Span], quarter: str) -> list[Span]:
    """The mistakes that stood in the delivery of one quarter; each later delivery has put its own right."""
    wrong = []
    for row in rows:
        number = int(row.person[3:])
        home = row.event == "days_out_of_care" and row.last is not None
        if quarter == "2019-Q3" and number % 3 == 1 and home and row.last is not None:
            row = replace(row, last=row.last + timedelta(50))  # the child had left home 50 days earlier
        if quarter == "2018-Q4" and number % 11 == 0 and row.event == "hospital":
            continue  # the hospital told us a quarter late
        if quarter == "2017-Q3" and number % 13 == 0 and home:
            row = replace(
                row, first=min(row.first + timedelta(10), row.last or row.first)
            )  # the child had come home ten days before
        wrong.append(row)
    return wrong


def write_events(path: Path, rows: list[Span]) -> None:
    """One file of spans, in order of day."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["person_id", "event", "from_day", "to_day", "reference"])
        for row in sorted(rows, key=lambda row: (row.first, row.ref)):
            last = row.last.isoformat() if row.last else ""
            writer.writerow([row.person, row.event, row.first.isoformat(), last, row.ref])


def write(folder: Path) -> None:
    """Write people.csv, events.csv and the three earlier deliveries."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret is drawn
    people = make_people(chance)
    rows = [row for person, (start, _) in people.items() for row in spans_of(chance, person, start)]
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["person_id", "started_on", "group"])
        writer.writerows([person, start.isoformat(), group] for person, (start, group) in people.items())
    write_events(folder / "events.csv", as_known(rows, EXTRACTED))
    text = (folder / "data.yaml").read_text("utf-8")
    for quarter, day in EARLIER.items():
        place = folder / "deliveries" / quarter
        place.mkdir(parents=True, exist_ok=True)
        write_events(place / "events.csv", before_corrections(as_known(rows, day), quarter))
        (place / "people.csv").write_bytes((folder / "people.csv").read_bytes())
        (place / "data.yaml").write_text(text.replace(EXTRACTED.isoformat(), day.isoformat()), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent)
