"""Makes `people.csv`, `claims.csv` and three deliveries: synthetic people with the published counts of claims.

The people, their dates and their claims are made up.  What is real is the rate card's
prices and, line by line, how many claims were paid and for how many different people:
accepted claims times price is 1,871,540 pounds, the published payment.  A few claims that
must be rejected or queried are added; they change no count of accepted claims.  The
deliveries hold the same claims as they would have come quarter by quarter, with evidence that
comes late, rows that come twice, and a claim that is paid and then withdrawn.

Run it with Python and nothing else: ``python make_data.py`` writes the same bytes every time.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

SEED = 121
PEOPLE = 241
TOTAL = 1_871_540
EVIDENCE = "verified record"
FIRST_START, LAST_START, LAST_OUTCOME = date(2018, 1, 8), date(2019, 6, 28), date(2021, 12, 17)

# price : accepted claims : different people, lines 1 to 23
PUBLISHED = """
220:527:231 220:453:225 220:482:230 220:466:227 220:202:136 220:145:132 220:121:109 220:106:94
1760:43:41 4730:33:33 4730:11:10 660:10:10 2750:4:4 2750:2:2 4730:3:3 110:29:29 220:19:19
330:6:6 660:126:126 2750:114:114 2750:102:102 2750:73:73 2750:41:41
"""
TIMES = {1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 2, 7: 2, 8: 2, 9: 2, 11: 2}
"""Times per person, where more than once: the rate card's column, made up to fit the counts."""
LADDER = (20, 21, 22, 23)
"""Lines of a ladder of earnings: whoever is on a step is on those below."""


@dataclass(frozen=True)
class Claim:
    """One row of claims.csv but its claim id."""

    person: str
    line: str
    achieved: date
    received: date
    evidence: str = EVIDENCE


def published() -> list[tuple[int, int, int, int]]:
    """Line number, price, claims, people."""
    return [(number, *map(int, text.split(":"))) for number, text in enumerate(PUBLISHED.split(), start=1)]  # type: ignore[misc]


def make_people(chance: random.Random) -> dict[str, date]:
    """Identifier to start date."""
    days = (LAST_START - FIRST_START).days
    return {f"RW-{number:04d}": FIRST_START + timedelta(chance.randint(0, days)) for number in range(1, PEOPLE + 1)}


def claims_of_line(
    chance: random.Random, number: int, claims: int, chosen: list[str], starts: dict[str, date]
) -> list[Claim]:
    """So many claims over the chosen people, each at least once and on different days."""
    times = dict.fromkeys(chosen, 1)
    for _ in range(claims - len(chosen)):
        more = [person for person in chosen if times[person] < TIMES.get(number, 1)]
        times[chance.choice(more)] += 1
    rows = []
    for person, count in times.items():
        span = (LAST_OUTCOME - starts[person]).days
        for offset in sorted(chance.sample(range(28, span), count)):
            achieved = starts[person] + timedelta(offset)
            received = achieved + timedelta(chance.randint(3, 40))
            rows.append(Claim(person, f"line-{number:02d}", achieved, received))
    return rows


def valid_claims(chance: random.Random, starts: dict[str, date]) -> list[Claim]:
    """All accepted claims."""
    rows: list[Claim] = []
    everyone = list(starts)
    below = everyone
    for number, _, claims, people in published():
        chosen = sorted(chance.sample(below if number in LADDER else everyone, people))
        below = chosen if number in LADDER else everyone
        rows += claims_of_line(chance, number, claims, chosen, starts)
    return rows


def invalid_claims(rows: list[Claim]) -> list[Claim]:
    """Claims that must not be paid; each is one kind of mistake."""
    full = [row for row in rows if row.line == "line-01"]
    thrice = sorted(person for person in {row.person for row in full} if sum(r.person == person for r in full) == 3)
    late = {person: max(row.achieved for row in full if row.person == person) for person in thrice[:2]}
    week = timedelta(7)
    single = [row for row in rows if row.line == "line-19"]
    others = sorted({row.person for row in rows} - {row.person for row in single})
    return [
        replace(rows[10], received=rows[10].received + week),  # the same outcome on the same day
        replace(rows[1200], received=rows[1200].received + week),
        *(Claim(person, "line-01", day + week, day + 2 * week) for person, day in late.items()),  # a fourth time
        Claim(single[0].person, "line-19", LAST_OUTCOME, LAST_OUTCOME + week),  # a second time
        Claim(others[0], "line-19", LAST_OUTCOME, LAST_OUTCOME + week, ""),  # no evidence
        Claim(others[1], "line-19", LAST_OUTCOME, LAST_OUTCOME + week, ""),
        Claim(others[2], "line-19", LAST_OUTCOME, LAST_OUTCOME + week, "own statement"),  # another kind of evidence
        Claim("RW-0999", "line-02", LAST_OUTCOME, LAST_OUTCOME + week),  # nobody of the cohort
        Claim(others[3], "line-24", LAST_OUTCOME, LAST_OUTCOME + week),  # not on the card
        Claim(others[4], "line-19", LAST_OUTCOME + week, LAST_OUTCOME),  # achieved after it was received
        Claim(others[5], "line-19", FIRST_START - week, LAST_OUTCOME),  # before the start
    ]


HEADER = ["claim_id", "person_id", "outcome", "achieved_on", "received_on", "evidence"]
QUARTERS = {"2021-Q3": date(2021, 9, 30), "2021-Q4": date(2021, 12, 31), "2022-Q1": date(2022, 3, 31)}
DELIVERY = """\
# A synthetic delivery (see ../../NOTE.md).
extracted: {day}
dates: year-month-day
delivery: {scope}
tables:
{people}  claims:
    files: [claims.csv]
    columns:
      claim: claim_id
      person: person_id
      outcome: outcome
      achieved_on: achieved_on
      received_on: received_on
      evidence: evidence
      withdrawn: withdrawn
"""
PEOPLE_TABLE = """\
  people:
    files: [people.csv]
    columns: {person: person_id, index_date: started_on}
"""


def write(folder: Path) -> None:
    """Write every file."""
    chance = random.Random(SEED)  # noqa: S311  nothing secret is drawn
    starts = make_people(chance)
    rows = valid_claims(chance, starts)
    if sum(price * claims for _, price, claims, _ in published()) != TOTAL or len(rows) != 3118:
        raise SystemExit("the counts do not give the published payment")
    wrong = invalid_claims(rows)
    rows = sorted(rows + wrong, key=lambda row: (row.received, row.person, row.line, row.achieved))
    listed = [
        [f"C-{number:05d}", row.person, row.line, row.achieved.isoformat(), row.received.isoformat(), row.evidence]
        for number, row in enumerate(rows, start=1)
    ]
    people = [[person, start.isoformat()] for person, start in starts.items()]
    _table(folder / "people.csv", ["person_id", "started_on"], people)
    _table(folder / "claims.csv", HEADER, [*listed, listed[100]])  # the last row was sent twice
    sound = {row for row in rows if row not in wrong}
    write_deliveries(folder / "deliveries", people, listed, [row in sound for row in rows])


def write_deliveries(folder: Path, people: list[list[str]], listed: list[list[str]], sound: list[bool]) -> None:
    """The claims as they came: everything up to September 2021, then two quarters with what is new in each."""
    ends = [day.isoformat() for day in QUARTERS.values()]
    first = [number for number, row in enumerate(listed) if row[4] <= ends[0]]
    late = [number for number in first if sound[number]][-6:]
    by_quarter = [
        [[*listed[number], ""] for number in first],
        [[*row, ""] for row in listed if ends[0] < row[4] <= ends[1]],
        [[*row, ""] for row in listed if ends[1] < row[4]],
    ]
    for number in late[:5]:  # the evidence of five claims comes a quarter late
        by_quarter[0][number][5] = ""
        by_quarter[1].append([*listed[number], ""])
    by_quarter[0][late[5]][5] = "letter"  # a person will look at it and accept it
    early = listed[200]
    extra = ["C-90001", "RW-0001", "line-17", "2021-08-02", "2021-08-20", EVIDENCE]
    by_quarter[0].append([*extra, ""])
    by_quarter[1] += [
        ["C-90002", *early[1:4], "2021-10-04", EVIDENCE, ""],  # an outcome that is paid already, under a new reference
        [*listed[300], ""],  # a claim that is paid already, sent once more
    ]
    by_quarter[2] += [[*extra, "yes"]]
    for (name, day), rows in zip(QUARTERS.items(), by_quarter, strict=True):
        _delivery(folder / name, day, people if name == "2021-Q3" else [], rows)


def _delivery(folder: Path, day: date, people: list[list[str]], rows: list[list[str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scope = "cumulative" if people else "this period only"
    text = DELIVERY.format(day=day.isoformat(), scope=scope, people=PEOPLE_TABLE if people else "")
    (folder / "data.yaml").write_text(text, encoding="utf-8")
    if people:
        _table(folder / "people.csv", ["person_id", "started_on"], people)
    _table(folder / "claims.csv", [*HEADER, "withdrawn"], rows)


def _table(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(__file__).parent)
