"""Replicas of the metrics service that answer over HTTP, from the lanes of a log in memory."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import msgspec

from services.metrics.answers import Answers
from services.metrics.handlers import MetricsLogic
from shared.errors import XiaoshiError
from tests.unit.xiaoshi.breaks import exposed


@contextmanager
def answering(replicas: Sequence[Mapping[int, MetricsLogic]]) -> Iterator[list[str]]:
    """Their addresses; the first is that of a host alone, the others have the whole path of `/metrics`."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            number, _, name = asked.path.removeprefix("/").rpartition("/")
            status, body = said(replicas[int(number or 0)], f"/{name}", dict(parse_qsl(asked.query)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield [address, *(f"{address}/{n}/metrics" for n in range(1, len(replicas)))]
        server.shutdown()
        serving.join()


def said(logics: Mapping[int, MetricsLogic], path: str, query: Mapping[str, str]) -> tuple[int, bytes]:
    """As `shared.pages` answers."""
    if path == "/metrics":
        return 200, exposed(logics).encode()
    try:
        return 200, msgspec.json.encode(Answers(logics).by_path()[path](query))
    except KeyError:
        return 404, b""
    except XiaoshiError as error:
        return 400, str(error).encode()
