"""`xiaoshi centre`: a county's centre at a terminal, on the client that other counties copy (`xiaoshi.centre`)."""

import argparse
import json
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from kafka.errors import KafkaError

from shared.errors import BrokerUnavailableError, TopicMissingError, XiaoshiError
from xiaoshi import centre_words
from xiaoshi.centre import GROUNDS, KINDS, RESIDENTS, SESSIONS, WAYS, Centre, Event
from xiaoshi.inputs import instant

HELP = "follow a county's matters (综治中心), and say what its desks did"

DEFAULT_KAFKA = "127.0.0.1:9092"
YES_NO = ("yes", "no")
VISIT = ("reached", "resolved", "satisfied")
OPTIONS = {
    "visit": "--reached, --resolved, --satisfied",
    "session": "--session, --venue, --session-at",
}
"""Fields of an action that several options say."""
PLAIN = (
    "report_id", "way", "outcome", "ground", "to", "into", "taken_out", "rating", "session_id", "resource", "category",
)  # fmt: skip
"""Those that one option says as it is."""
TITLES = "CREATE TABLE IF NOT EXISTS titles (matter TEXT PRIMARY KEY, title TEXT) WITHOUT ROWID"


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="centre_verb", required=True, metavar="follow|act")
    follow = verbs.add_parser("follow", help="print each event of the county's matters once")
    act = verbs.add_parser("act", help="publish what a desk did, and wait for what became of it")
    for one in (follow, act):
        one.add_argument("--county", required=True, help="six digits; a city's centre is 430900")
        one.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA", DEFAULT_KAFKA), metavar="ADDR")
    follow.add_argument("--group", help="consumer group; default centre-COUNTY")
    follow.add_argument(
        "--from-beginning", action="store_true", help="all again; without --group, a mere look"
    )
    follow.add_argument("--seen", metavar="FILE", help="what was printed before; default GROUP.seen.sqlite3")
    follow.add_argument("--json", action="store_true", help="the events as they came, one a line")
    follow.add_argument("--desk", default="", help="division:body; what is offered to it is `offered to you`")
    follow.add_argument("--once", type=int, metavar="N", help="end after N events")
    act.add_argument("--matter", required=True)
    act.add_argument("--kind", required=True, choices=KINDS, metavar="KIND", help="one of those below")
    act.add_argument("--desk", required=True, help="division:body, as `follow` shows it")
    _add_fields(act)
    act.add_argument("--at", type=instant, help="when, RFC 3339; default now")
    act.add_argument("--action-id", help="to send the same action again")
    act.add_argument(
        "--wait", type=float, default=10, metavar="SECONDS", help="0: do not wait for the answer"
    )
    act.formatter_class = argparse.RawDescriptionHelpFormatter
    act.epilog = _kinds()


def _add_fields(act: argparse.ArgumentParser) -> None:
    """One option for each field that some kind of action asks for."""
    grounds = [ground for some in GROUNDS.values() for ground in some]
    act.add_argument("--way", choices=WAYS, metavar="WAY", help=f"how it was settled: {', '.join(WAYS)}")
    act.add_argument("--outcome", metavar="TEXT", help="in words, with any kind")
    for question in VISIT:
        act.add_argument(f"--{question}", choices=YES_NO, help="the resident's answer, for visit")
    act.add_argument(
        "--report", dest="report_id", metavar="REPORT", help="whose visit it was, where several reported it"
    )
    act.add_argument("--ground", choices=grounds, metavar="GROUND", help="why; see the kinds below")
    act.add_argument("--to", metavar="DESK", help="the other desk, or the department called in")
    act.add_argument("--into", metavar="MATTER", help="the matter it is the same as")
    act.add_argument("--taken-out", metavar="REPORT", help="the report that is a matter of its own")
    act.add_argument("--confirmed", choices=YES_NO, help="what the court decided")
    act.add_argument("--rating", type=int, metavar="1-5", help="stars; a resident's to give")
    act.add_argument("--session", choices=SESSIONS, help="what people are to meet for")
    act.add_argument("--venue", help="where they are to meet: a venue of the policy")
    act.add_argument("--session-at", type=instant, metavar="AT", help="when they are to meet, RFC 3339")
    act.add_argument("--session-id", help="which session was held or missed: the action that booked it")
    act.add_argument("--resource", help="who grants the small wish: a resource of the policy")
    act.add_argument("--category", help="what it is about: a category of the policy")


def _kinds() -> str:
    """The kinds of action, each with what it asks for."""
    rows = ["kinds, and the options each asks for:"]
    for kind, needs in KINDS.items():
        asked = [OPTIONS.get(name, f"--{name.replace('_', '-')}") for name in needs]
        said = ", ".join(asked) + (f" ({', '.join(GROUNDS[kind])})" if kind in GROUNDS else "")
        alone = "a resident's alone; refused of a desk" if kind in RESIDENTS else ""
        rows.append("  ".join(part for part in (f"  {kind:<17}", said, alone) if part).rstrip())
    return "\n".join(rows)


def run(args: argparse.Namespace) -> int:
    try:
        return _follow(args) if args.centre_verb == "follow" else _act(args)
    except KafkaError as error:
        raise BrokerUnavailableError(f"{args.kafka}: {error}") from error
    except LookupError as error:
        raise TopicMissingError(str(error)) from error
    except ValueError as error:
        raise XiaoshiError(str(error)) from error


def _follow(args: argparse.Namespace) -> int:
    group, seen = _place(args)
    stop = threading.Event()
    _end_on_signals(stop)

    def show(event: Event, db: sqlite3.Connection) -> None:
        said = json.dumps(event.body, ensure_ascii=False) if args.json else line(event, db, args.desk)
        print(said, flush=True)

    with Centre(args.county, args.kafka, group, seen) as centre:
        met = centre.follow(show, from_beginning=args.from_beginning, limit=args.once, stop=stop)
    said = f"{met.handed} events, {met.repeated} seen before, {met.poison} could not be read"
    print(said, file=sys.stderr)
    return 0


def _place(args: argparse.Namespace) -> tuple[str | None, str]:
    """The group and the file of what was seen. A mere look leaves no trace in either."""
    if args.from_beginning and args.group is None:
        return None, args.seen or ":memory:"
    group = args.group or f"centre-{args.county}"
    return group, args.seen or str(Path(f"{group}.seen.sqlite3"))


def _end_on_signals(stop: threading.Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _act(args: argparse.Namespace) -> int:
    with Centre(args.county, args.kafka) as centre:
        action_id = centre.act(
            args.matter,
            args.kind,
            args.desk,
            action_id=args.action_id,
            at=args.at,
            **_fields(args),
        )
        print(f"action {action_id} is on the bus", flush=True)
        if args.wait <= 0:
            return 0
        answer = centre.answer(action_id, args.wait)
    if answer is None:
        print(f"no answer in {args.wait:g} s: neither done nor refused yet", file=sys.stderr)
        return 2
    print(line(answer))
    return 1 if answer.type == "action.refused" else 0


def _fields(args: argparse.Namespace) -> dict[str, Any]:
    """What the options say, by the names of the bus; None where nothing was said."""
    visit = {name: _yes(getattr(args, name)) for name in VISIT}
    session = {"kind": args.session, "venue": args.venue, "at": args.session_at}
    return {name: getattr(args, name) for name in PLAIN} | {
        "visit": {name: said for name, said in visit.items() if said is not None} or None,
        "session": session if any(session.values()) else None,
        "confirmed": _yes(args.confirmed),
    }


def _yes(word: str | None) -> bool | None:
    return None if word is None else word == "yes"


def line(event: Event, db: sqlite3.Connection | None = None, own: str = "") -> str:
    """One line to read; what must not be missed stands first in it."""
    return centre_words.line(event.body, _title(event.body, db, event.matter_id), own)


def _title(body: dict[str, Any], db: sqlite3.Connection | None, matter: str) -> str:
    """The matter's title; only some events carry it, so it is kept in the transaction that marks the event."""
    title = body["sheet"]["title"] if "sheet" in body else None
    if db is None or body["type"] == "action.refused":
        return title or ""
    db.execute(TITLES)
    if title is not None:
        db.execute("INSERT OR REPLACE INTO titles VALUES (?, ?)", (matter, title))
        return str(title)
    known = db.execute("SELECT title FROM titles WHERE matter = ?", (matter,)).fetchone()
    return str(known[0]) if known else ""
