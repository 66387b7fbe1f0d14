"""Questions to a service from outside: is it there, does it answer?"""

from __future__ import annotations

import random
import socket
import struct

LOOPBACK = "127.0.0.1"
# Below the range from which systems give out ports by themselves, so that a port stays ours between the
# choice and the bind, and while a killed node is down.
_PORTS = range(21_000, 32_000)
_METADATA = 3  # the request's number in Kafka's protocol
_ANSWER_SECONDS = 2.0


def free_ports(count: int) -> list[int]:
    """Different ports that nothing on the loopback address holds now."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            break
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        found.append(port)
    return found


def port_accepts(host: str, port: int, *, seconds: float = 1.0) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False


def kafka_answers(bootstrap: str, *, brokers: int = 1) -> bool:
    """Whether each of these plain-text addresses knows of that many brokers in service.

    Asked by hand: a client that meets a half-started broker may wait for ever or fill the log.
    """
    return all(_brokers_known(*address.rsplit(":", 1)) >= brokers for address in bootstrap.split(","))


def _brokers_known(host: str, port: str) -> int:
    """How many brokers a Metadata request (version 1, no topics) lists; 0 where it is not answered."""
    request = struct.pack(">hhih", _METADATA, 1, 0, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.makefile("rb").read(4 + 4 + 4)
    except OSError:
        return 0
    return int.from_bytes(answer[8:12]) if len(answer) == 12 else 0


def mongo_answers(url: str, *, seconds: float = 1.0) -> bool:
    """Whether a ping comes back."""
    import pymongo
    import pymongo.errors

    patience = int(seconds * 1000)
    try:
        with pymongo.MongoClient[dict[str, object]](
            url, serverSelectionTimeoutMS=patience, connectTimeoutMS=patience
        ) as client:
            client.admin.command("ping")
    except pymongo.errors.PyMongoError:
        return False
    return True
