"""`xiaoshi calendar`: what is announced of a year's holidays, shown, written down, and put on the bus."""

import argparse
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from shared.announced import PACKAGE, Announcement, announcement_of, problems_of
from shared.calendar import china
from shared.errors import InputInvalidError, SettingsInvalidError
from shared.events import CalendarAnnounced
from xiaoshi import rules

HELP = "show a year's days off and make-up weekends, write them as a file to check and mend, announce them"


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="calendar_verb", required=True, metavar="show|file|announce")
    showing = verbs.add_parser("show", help="print the days off and the weekends worked")
    showing.add_argument("year", type=int, metavar="YEAR")
    showing.add_argument("--file", type=Path, metavar="FILE", help="an announcement as JSON, not the package")
    showing.set_defaults(step=show)
    filing = verbs.add_parser("file", help="write what the package knows as JSON")
    filing.add_argument("year", type=int, metavar="YEAR")
    filing.add_argument("--out", type=Path, required=True, metavar="FILE")
    filing.set_defaults(step=file)
    announcing = verbs.add_parser(
        "announce", help="put it on the bus: provisional deadlines are set right, on every lane"
    )
    announcing.add_argument("year", type=int, metavar="YEAR")
    announcing.add_argument(
        "--file", type=Path, metavar="FILE", help="an announcement as JSON, not the package"
    )
    announcing.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA"), metavar="ADDR")
    announcing.set_defaults(step=announce)


def run(args: argparse.Namespace) -> int:
    return int(args.step(args))


def show(args: argparse.Namespace) -> int:
    """0 and the days; or 1 and what is wrong with the file, or that nobody announced the year."""
    announcement = read(args.file, args.year) if args.file else announcement_of(args.year)
    if announcement is None:
        return _unknown(args.year)
    if problems := problems_of(announcement):
        print("\n".join(problems))
        return 1
    print("\n".join(lines(announcement)))
    return 0


def file(args: argparse.Namespace) -> int:
    """A file that is there is left as it is: somebody may have mended it."""
    announcement = announcement_of(args.year)
    if announcement is None:
        return _unknown(args.year)
    text = msgspec.json.format(msgspec.json.encode(announcement), indent=2)
    try:
        with args.out.open("xb") as out:
            out.write(text + b"\n")
    except OSError as error:
        raise InputInvalidError(f"{args.out} cannot be written: {error.strerror}") from error
    print(f"{args.out}: the holidays of {args.year}, as {announcement.version} knows them")
    return 0


def announce(args: argparse.Namespace) -> int:
    """0 when every lane has it; 1 if nobody announced the year."""
    if not args.kafka:
        raise SettingsInvalidError("give --kafka, or set XIAOSHI_KAFKA")
    announcement = read(args.file, args.year) if args.file else announcement_of(args.year)
    if announcement is None:
        return _unknown(args.year)
    lanes = rules.announce(args.kafka, CalendarAnnounced(announcement=announcement))
    print(f"the holidays of {args.year}, as {announcement.version} has them, are on {lanes} lanes")
    return 0


def read(path: Path, year: int) -> Announcement:
    """The announcement in a file, not checked yet. Raises InputInvalidError if it is none, or of another year."""
    try:
        announcement = msgspec.json.decode(path.read_bytes(), type=Announcement)
    except OSError as error:
        raise InputInvalidError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:  # the base of ValidationError too
        raise InputInvalidError(f"{path} is not an announcement: {error}") from error
    if announcement.year != year:
        raise InputInvalidError(f"{path} announces {announcement.year}, not {year}")
    return announcement


def lines(announcement: Announcement) -> Iterator[str]:
    """Where it is from, every day in order, and the sum."""
    year, off, worked = announcement.year, announcement.off, announcement.worked
    days = [(each.day, f"off     {_day(each.day)}  {each.zh}  {each.en}") for each in off]
    days += [(day, f"worked  {_day(day)}") for day in worked]
    yield f"holidays of {year}, as announced by {announcement.version}"
    yield from (line for _, line in sorted(days))
    calendar = china().with_year(announcement)
    before, end = (calendar.count(date(each, 12, 31).toordinal()) for each in (year - 1, year))
    yield f"weekdays off: {len(off)}, weekend days worked: {len(worked)}, working days in {year}: {end - before}"


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d  %a}"


def _unknown(year: int) -> int:
    print(
        f"{year}: {PACKAGE} knows of no announcement; its deadlines are counted Monday to Friday, provisional"
    )
    return 1
