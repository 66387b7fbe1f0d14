"""A file's reports onto the bus: keys, stamps, counts, and what HTTP answers."""

import argparse
import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared import wire
from shared.errors import InputInvalidError, XiaoshiError
from shared.observed_events import IndicatorObserved
from shared.wire import Out
from xiaoshi import observed
from xiaoshi.commands import publish
from xiaoshi.commands.publish import Lines, Rows, send


def a_report(nth: int, source: str = "grid", division: str = "430981001") -> bytes:
    report = {"source": source, "source_id": f"s{nth}", "division": division, "text": "灯坏了"}
    return json.dumps(report | {"reported_at": "2018-05-17T08:32:04+08:00"}, ensure_ascii=False).encode()


class FakeProducer:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, topic: str, **record: Any) -> Any:
        self.sent.append({"topic": topic, **record})
        return SimpleNamespace(get=lambda timeout: None)

    def flush(self) -> None:
        pass


class TestOverKafka:
    def test_keeps_the_order_and_the_bytes(self) -> None:
        producer, file = FakeProducer(), [a_report(1), a_report(2, "app"), a_report(3)]
        assert send(producer, Lines().read(file), recorded=False) == {"grid": 2, "app": 1}
        assert [each["value"] for each in producer.sent] == file
        assert [each["topic"] for each in producer.sent] == [
            "reports.grid.v1",
            "reports.app.v1",
            "reports.grid.v1",
        ]

    @pytest.mark.parametrize(
        ("division", "key"),
        [
            pytest.param("430981006001", b"430981", id="village"),
            pytest.param("4309", b"430900", id="city"),
            pytest.param("43", b"43", id="too short: refused by intake, with a reason"),
            pytest.param("nowhere", b"nowhere", id="unknown: refused by intake, with a reason"),
        ],
    )
    def test_goes_by_the_county(self, division: str, key: bytes) -> None:
        producer = FakeProducer()
        send(producer, Lines().read([a_report(1, division=division)]), recorded=False)
        assert producer.sent[0]["key"] == key

    @pytest.mark.parametrize(
        ("recorded", "stamp"),
        [pytest.param(True, 1526517124000, id="reported"), pytest.param(False, None, id="now")],
    )
    def test_is_stamped_as_asked(self, recorded: bool, stamp: int | None) -> None:
        producer = FakeProducer()
        send(producer, Lines().read([a_report(1)]), recorded=recorded)
        assert producer.sent[0]["timestamp_ms"] == stamp

    def test_confirms_more_than_are_in_flight(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(publish, "IN_FLIGHT", 4)
        file = [a_report(nth) for nth in range(11)]
        assert send(FakeProducer(), Lines().read(file), recorded=False) == {"grid": 11}


def test_a_line_that_is_no_report_is_told_and_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    outs = list(lines.read([a_report(1), b"{", b"\n", a_report(2)]))
    assert len(outs) == 2
    assert lines.unreadable == 1
    assert "line 2" in capsys.readouterr().err


Answer = Callable[[str, list[dict[str, Any]]], tuple[int, dict[str, Any]]]


class Intake:
    """Answers POST /reports/{source} as `answer` says; keeps what came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str | None, int]] = []
        self.answer: Answer = lambda _source, reports: (
            202,
            {"items": [{"status": "accepted"}] * len(reports)},
        )
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                reports = [json.loads(line) for line in body.splitlines()]
                outer.came.append((self.path, self.headers["X-API-Key"], len(reports)))
                status, said = outer.answer(self.path, reports)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def intake() -> Iterator[Intake]:
    door = Intake()
    thread = threading.Thread(target=door.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield door
    door.server.shutdown()
    door.server.server_close()
    thread.join()


class TestOverHttp:
    @pytest.fixture
    def run(self, intake: Intake, tmp_path: Path) -> Callable[..., int]:
        def go(*reports: bytes, at: str = "now") -> int:
            file = tmp_path / "reports.jsonl"
            file.write_bytes(b"\n".join(reports))
            parser = argparse.ArgumentParser()
            publish.add(parser)
            url = f"http://127.0.0.1:{intake.server.server_port}/"
            words = [str(file), "--road", "http", "--url", url, "--api-key", "k", "--at", at]
            return publish.run(parser.parse_args(words))

        return go

    def test_posts_runs_of_a_source_in_batches(
        self, run: Callable[..., int], intake: Intake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(publish, "REQUEST_LINES", 2)
        assert run(a_report(1), a_report(2), a_report(3), a_report(4, "app"), a_report(5)) == 0
        assert intake.came == [
            ("/reports/grid", "k", 2),
            ("/reports/grid", "k", 1),
            ("/reports/app", "k", 1),
            ("/reports/grid", "k", 1),
        ]

    @pytest.mark.parametrize("status", [pytest.param(202, id="one of two"), pytest.param(422, id="of all")])
    def test_tells_each_refusal(
        self, run: Callable[..., int], intake: Intake, capsys: pytest.CaptureFixture[str], status: int
    ) -> None:
        problem = {"reason": "field_invalid", "detail": "too short", "errors": [{"pointer": "/title"}]}
        refused = {"index": 1, "status": "refused", "problem": problem}
        intake.answer = lambda *_: (status, {"items": [{"index": 0, "status": "accepted"}, refused]})
        assert run(a_report(1), a_report(2)) == 1
        printed = capsys.readouterr().out
        assert "grid: refused: s2: field_invalid: too short (/title)" in printed
        assert "grid: 2 read, 1 confirmed" in printed

    def test_ends_where_the_door_is_closed(self, run: Callable[..., int], intake: Intake) -> None:
        intake.answer = lambda *_: (401, {"detail": "X-API-Key is missing or unknown"})
        with pytest.raises(XiaoshiError, match="answered 401: X-API-Key is missing"):
            run(a_report(1))

    def test_cannot_say_when_a_report_was_received(self, run: Callable[..., int]) -> None:
        with pytest.raises(XiaoshiError, match="needs --road kafka"):
            run(a_report(1), at="reported")


HEADING = "indicator,division,period,start,numerator,denominator,publisher,at,revision,method,withdrawn"
ROW = "judgments_accepted,430981006,month,2026-01-01,88,96,county court,2026-02-03T09:00:00+08:00"


def read_rows(*lines: str) -> tuple[Rows, list[Out]]:
    rows = Rows()
    return rows, list(rows.read(io.BytesIO("\n".join(lines).encode("utf-8-sig"))))


class TestObservedFigures:
    def test_a_row_is_an_observation_under_the_key_of_its_county(self) -> None:
        rows, [out] = read_rows(HEADING, ROW + ",2,抽样,yes")
        assert (out.topic, out.key) == ("indicators.observed.v1", b"430981")
        event = wire.decode(out.value)
        assert isinstance(event, IndicatorObserved)
        assert (event.numerator, event.denominator, event.start) == (88, 96, date(2026, 1, 1))
        assert (event.revision, event.method, event.withdrawn) == (2, "抽样", True)
        assert rows.read_of == {"indicators.observed": 1}

    def test_the_last_columns_may_be_left_out_and_the_order_is_free(self) -> None:
        names, fields = HEADING.split(",")[:8], ROW.split(",")
        _, [out] = read_rows(",".join(reversed(names)), ",".join(reversed(fields)))
        event = wire.decode(out.value)
        assert isinstance(event, IndicatorObserved)
        assert (event.revision, event.method, event.withdrawn) == (1, "", False)

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            pytest.param(ROW.replace("88", "many"), "line 2: Expected `int`", id="no number"),
            pytest.param(ROW.replace("88", "97"), "97 is more than 96", id="no share"),
            pytest.param(ROW.replace("-01,", "-02,", 1), "begins no month", id="no first of a month"),
            pytest.param(ROW.replace("+08:00", ""), "Expected `datetime` with a timezone", id="no offset"),
            pytest.param(ROW.replace("430981006", "999999999"), "no division", id="no division"),
            pytest.param(ROW.replace("judgments_accepted", "tea"), "tea is no indicator", id="no indicator"),
            pytest.param(
                "reoffending,430981,year,2025-01-01,1,9,bureau,2026-02-03T09:00:00+08:00",
                "fewer than 10",
                id="few people",
            ),
            pytest.param(ROW + ",1,,perhaps", "neither yes nor no", id="neither withdrawn nor not"),
            pytest.param(ROW + ",1,,no,more", "too many columns", id="a column too many"),
        ],
    )
    def test_a_row_that_cannot_be_is_told_and_passed_over(
        self, row: str, says: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows, outs = read_rows(HEADING, row, ROW)
        assert (len(outs), rows.unreadable) == (1, 1)
        assert says in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("heading", "says"),
        [
            pytest.param(HEADING.replace("numerator,", ""), "missing: numerator", id="too few"),
            pytest.param(HEADING + ",tea", "no such column: tea", id="too many"),
        ],
    )
    def test_a_heading_that_will_not_do_ends_it(self, heading: str, says: str) -> None:
        with pytest.raises(InputInvalidError, match=says):
            read_rows(heading, ROW)

    def test_observed_figures_go_over_kafka_as_they_are(self, tmp_path: Path) -> None:
        parser = argparse.ArgumentParser()
        publish.add(parser)
        for words in (["--road", "http"], ["--at", "reported"], ["--tick", "1h"]):
            with pytest.raises(XiaoshiError, match="as they are"):
                publish.run(parser.parse_args([str(tmp_path / "figures.csv"), *words]))

    def test_the_example_in_the_docstring_is_one(self) -> None:
        lines = [line.strip() for line in (observed.__doc__ or "").splitlines() if line.startswith("    ")]
        assert lines[0] == HEADING
        rows, outs = read_rows(*lines)
        assert (len(outs), rows.unreadable) == (2, 0)
