"""The same reports as alerts through Alertmanager: one alert for each matter, grouped by desk, to a webhook."""

import http.client
import json
import shutil
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench import machine
from bench.figures import Run
from bench.peer import rules
from shared import clock, topics, wire
from shared.backing.probes import free_ports
from shared.backing.processes import Child, spawn, stop, wait_until
from shared.events import MatterOpened, ReportMatched
from shared.matter import key_of
from shared.wire import Out, Record

COMMANDS = ("prometheus-alertmanager", "alertmanager")
AT_ONCE = 500  # alerts in one request
PATIENCE_SECONDS = 300.0
ROUTES = """
route: {{receiver: hook, group_by: [desk], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]}}]
"""


def command() -> str | None:
    """None where there is none."""
    return next(filter(None, map(shutil.which, COMMANDS)), None)


def matters(outs: Sequence[Out]) -> list[tuple[str, str]]:
    """Of each report the matter it is about and the desk that has it, as routing decides."""
    core, told = rules(), list[tuple[str, str]]()
    for nth, out in enumerate(outs):
        decision = core.feed(
            Record(topics.RECEIVED.name, 0, nth, out.timestamp, out.key, out.value, out.headers)
        )
        for each in decision.outs:
            if each.topic == topics.EVENTS.name:
                event = wire.event_of(each)
                if isinstance(event, MatterOpened):
                    told.append((event.matter_id, key_of(event.position.desk)))
                elif isinstance(event, ReportMatched):
                    told.append((event.matter_id, key_of(event.apart.position.desk)))
    return told


def measure(told: Sequence[tuple[str, str]], folder: Path) -> Run:
    """From the first alert posted until the webhook has heard of the last matter."""
    heard: set[str] = set()
    hook = ThreadingHTTPServer(("127.0.0.1", 0), _hook(heard))
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    child, port = _started(folder, hook.server_address[1])
    try:
        wanted = {matter_id for matter_id, _ in told}
        before, begun = machine.taken(child.pid), time.monotonic()
        _post(told, port)
        wait_until(lambda: heard >= wanted, children=[child], seconds=PATIENCE_SECONDS, what="the last alert")
        took, after = time.monotonic() - begun, machine.taken(child.pid)
    finally:
        stop([child])
        hook.shutdown()
    return Run(len(told) / took, (after.processor - before.processor) / len(told) * 1e6, after.memory)


def _started(folder: Path, hook: int) -> tuple[Child, int]:
    folder.mkdir(parents=True, exist_ok=True)
    config, [port] = folder / "alertmanager.yml", free_ports(1)
    config.write_text(ROUTES.format(port=hook), encoding="utf-8")
    found = command()
    assert found is not None
    child = spawn(
        [
            found,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ],
        folder=folder,
    )
    wait_until(lambda: _is_ready(port), children=[child], seconds=30, what="Alertmanager")
    return child, port


def _is_ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


def _post(told: Sequence[tuple[str, str]], port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for first in range(0, len(told), AT_ONCE):
        now = clock.now().isoformat()
        alerts = [
            {"labels": {"alertname": "matter", "matter": matter_id, "desk": desk}, "startsAt": now}
            for matter_id, desk in told[first : first + AT_ONCE]
        ]
        connection.request("POST", "/api/v2/alerts", json.dumps(alerts), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.HTTPStatus.OK, answer.status


def _hook(heard: set[str]) -> type[BaseHTTPRequestHandler]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.update(each["labels"]["matter"] for each in json.loads(body)["alerts"])
            self.send_response(http.HTTPStatus.OK)
            self.end_headers()

        def log_request(self, *_: Any) -> None:
            """A line for each would be most of what is said."""

    return Hook
