"""`xiaoshi centre`: a county's centre at a terminal, on the client that other counties copy (`xiaoshi.centre`)."""

import argparse
import json
import os
import signal
import sqlite3
import sys
import threading
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import FrameType
from typing import Any

from kafka.errors import KafkaError

from shared.errors import BrokerUnavailableError, TopicMissingError, XiaoshiError
from xiaoshi.centre import KINDS, WAYS, Centre, Event

HELP = "follow a county's matters (综治中心), and say what its desks did"

DEFAULT_KAFKA = "127.0.0.1:9092"
CHINA = timezone(timedelta(hours=8))
TIERS = {"village": "village 村", "town": "town 镇", "county": "county 县", "city": "city 市"}
HAPPENED = {
    "matter.opened": "opened 新事项",
    "matter.joined": "joined 并入",
    "matter.accepted": "accepted 受理",
    "matter.started": "started 办理",
    "matter.resolved": "resolved 办结",
    "matter.visited": "visited 回访",
    "matter.reopened": "reopened 重办",
    "matter.closed": "closed 销号",
    "matter.ordered": "ordered 督办",
    "matter.escalated": "escalated 提级",
    "matter.noticed": "noticed 通报",
    "action.refused": "refused 不予受理",
}
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
    follow.add_argument("--once", type=int, metavar="N", help="end after N events")
    act.add_argument("--matter", required=True)
    act.add_argument("--kind", required=True, choices=KINDS)
    act.add_argument("--desk", required=True, help="division:body, as `follow` shows it")
    act.add_argument("--way", choices=WAYS, help="how it was settled, for resolve")
    act.add_argument("--outcome", help="in words, for resolve")
    for question in ("reached", "resolved", "satisfied"):
        act.add_argument(f"--{question}", choices=("yes", "no"), help="the resident's answer, for visit")
    act.add_argument("--at", type=_instant, help="when, RFC 3339; default now")
    act.add_argument("--action-id", help="to send the same action again")
    act.add_argument(
        "--wait", type=float, default=10, metavar="SECONDS", help="0: do not wait for the answer"
    )


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
        print(json.dumps(event.body, ensure_ascii=False) if args.json else line(event, db), flush=True)

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
            way=args.way,
            outcome=args.outcome,
            visit=_visit(args),
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


def _visit(args: argparse.Namespace) -> dict[str, bool] | None:
    given = {name: getattr(args, name) for name in ("reached", "resolved", "satisfied")}
    said = {name: word == "yes" for name, word in given.items() if word is not None}
    return said or None


def _instant(text: str) -> datetime:
    """RFC 3339 with an offset; argparse shows the ValueError's type by name."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} needs an offset, as in 2026-01-05T09:00:00+08:00")
    return instant


def line(event: Event, db: sqlite3.Connection | None = None) -> str:
    """One line to read: time, matter, number, what happened, tier, desk, due, title. Times are China's."""
    body = event.body
    what = HAPPENED.get(event.type, event.type)
    start = f"{_time(body['at'])}  {event.matter_id}  "
    if event.type == "action.refused":
        state = f", the matter is {body['state']}" if body.get("state") else ""
        holder = f", with {body['holder']}" if body.get("holder") else ""
        return f"{start}--   {what}  {body['kind']} by {body['desk']}: {body['reason']}{state}{holder}"
    position = body.get("position", {})
    return start + "  ".join(
        (
            f"#{event.number:<3}",
            _wide(what, 16),
            _wide(TIERS.get(position.get("tier", ""), position.get("tier", "?")), 10),
            _desk(position.get("desk")),
            _due(position.get("due")),
            _title(body, db, event.matter_id),
        )
    )


def _desk(desk: dict[str, Any] | None) -> str:
    return f"{desk['division']}:{desk['body']}" if desk else "?"


def _due(due: dict[str, Any] | None) -> str:
    return f"{due['what']} due {_time(due['at'])}" if due else "nothing due"


def _title(body: dict[str, Any], db: sqlite3.Connection | None, matter: str) -> str:
    """The matter's title; only some events carry it, so it is kept in the transaction that marks the event."""
    title = body["sheet"]["title"] if "sheet" in body else None
    if db is None:
        return title or ""
    db.execute(TITLES)
    if title is not None:
        db.execute("INSERT OR REPLACE INTO titles VALUES (?, ?)", (matter, title))
        return _plain(title)
    known = db.execute("SELECT title FROM titles WHERE matter = ?", (matter,)).fetchone()
    return _plain(known[0]) if known else ""


def _plain(text: str) -> str:
    """One line for a terminal: what a resident wrote must not move the cursor."""
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def _time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _wide(text: str, columns: int) -> str:
    """Padded to columns of the terminal: a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * (columns - taken)
