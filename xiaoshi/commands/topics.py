"""`xiaoshi topics`: what the bus consists of, and making it so."""

import argparse
import os

from services.intake.sources import sources
from shared import topics
from shared.topic_admin import configs_of, ensure_topics, partitions_of
from shared.topics import Topic

HELP = "list the declared topics, or create those that are missing"


def add(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="topics_verb", required=True, metavar="list|apply")
    listed = verbs.add_parser("list", help="the declaration")
    apply = verbs.add_parser("apply", help="create what is missing; nothing that exists is changed")
    for one in (listed, apply):
        one.add_argument("--lanes", type=int, default=int(os.environ.get("XIAOSHI_LANES", "8")), metavar="N")
        one.add_argument("--replicas", type=int, default=1, metavar="R")
        one.add_argument("--county", nargs="+", default=[], metavar="C", help="their routed topics too")
        one.add_argument(
            "--recorded-time", action="store_true", help="for simulators and replays: senders stamp records"
        )
    apply.add_argument("--kafka", default=os.environ.get("XIAOSHI_KAFKA", "127.0.0.1:9092"), metavar="ADDR")


def run(args: argparse.Namespace) -> int:
    wanted = topics.declared(tuple(sources())) | {
        topics.routed(county): topics.ROUTED for county in args.county
    }
    if args.topics_verb == "list":
        for name, topic in wanted.items():
            print(declaration(name, topic, args.lanes, args.replicas, recorded_time=args.recorded_time))
        return 0
    applied = ensure_topics(args.kafka, wanted, args.lanes, args.replicas, recorded_time=args.recorded_time)
    for name in applied.made:
        print(f"made  {name}")
    print(f"{len(applied.made)} made, {len(applied.kept)} there already")
    return 0


def declaration(name: str, topic: Topic, lanes: int, replicas: int, *, recorded_time: bool = False) -> str:
    """One line: name, partitions, key, what is kept, what it holds."""
    configs = configs_of(topic, replicas, recorded_time=recorded_time)
    if topic.compact:
        kept = "last of a key"
    elif configs["retention.ms"] == "-1":
        kept = "for ever"
    else:
        kept = f"{int(configs['retention.ms']) // 86_400_000} days"
    return f"{name:<32} {partitions_of(topic, lanes):>4}  by {topic.key:<7} {kept:<14} {topic.doc}"
