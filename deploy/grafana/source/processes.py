"""The services: are they there, do they move, do they keep up."""

from parts import PER_SECOND, SECONDS, Board, Panel, Q, bars, choice, graph, number
from queries import p99, rate

SERVICE = choice("service", "Service 服务", "label_values(xiaoshi_lane_events_total, service)")
HERE = 'service=~"$service"'
AGE = f"time() - max by (service, partition) (xiaoshi_lane_last_progress_timestamp_seconds{{{HERE}}})"


def board() -> Board:
    about = "The four services and the auditor, as processes."
    made = Board("xiaoshi-services", "The services 服务", about, SERVICE, days=1)
    made.row("There 在线").line(*_there(), height=6)
    made.row("Lanes 通道").line(*_lanes()).line(*_work())
    made.row("The door 接入").line(*_door())
    made.row("The ledger 台账").line(*_ledger())
    made.row("The auditor 巡查").line(*_auditor())
    return made


def _there() -> tuple[Panel, ...]:
    return (
        bars(
            "Instances up 在线实例", Q("sum by (job) (up)", "{{job}}"), about="Replicas that can be scraped."
        ),
        number(
            "Oldest progress 最久停滞",
            Q(f"max({AGE})"),
            unit=SECONDS,
            about="Of all lanes; an idle one goes round four times a second.",
        ),
        number(
            "Records waiting 积压",
            Q(f"sum(max by (service, topic, partition) (xiaoshi_lane_lag_records{{{HERE}}}))"),
            about="Not yet handled by their lane.",
        ),
    )


def _lanes() -> tuple[Panel, ...]:
    return (
        graph(
            "Age of last progress 通道停滞时间",
            Q(f"max by (service) ({AGE})", "{{service}}"),
            unit=SECONDS,
            about="The worst lane of each service.",
        ),
        graph(
            "Records not yet handled 各服务积压",
            Q(
                f"sum by (service) (max by (service, topic, partition) (xiaoshi_lane_lag_records{{{HERE}}}))",
                "{{service}}",
            ),
            about="Sum over its lanes and topics.",
        ),
        bars(
            "Restoring 恢复用时",
            Q(f"max by (service) (xiaoshi_lane_restore_seconds{{{HERE}}})", "{{service}}"),
            unit=SECONDS,
            about="How long the slowest lane took to be ready after its last start.",
        ),
    )


def _work() -> tuple[Panel, ...]:
    events = f"xiaoshi_lane_events_total{{{HERE}}}"
    return (
        graph(
            "Records handled 每秒记录",
            Q(rate(events, "service", "outcome"), "{{service}} {{outcome}}"),
            unit=PER_SECOND,
            about="By what became of them.",
        ),
        graph(
            "Transaction, 99 of 100 事务时长",
            Q(p99("xiaoshi_lane_batch_seconds", "service"), "{{service}}"),
            unit=SECONDS,
            about="From a batch read to its commit.",
        ),
    )


def _door() -> tuple[Panel, ...]:
    return (
        graph(
            "Answer, 99 of 100 应答时长",
            Q(p99("xiaoshi_intake_post_seconds", "source"), "{{source}}"),
            unit=SECONDS,
            about="From a body at the door to its answer.",
        ),
        graph(
            "At the door now 正在应答",
            Q("sum(xiaoshi_intake_in_flight_requests)", "requests 请求"),
            about="Requests being answered.",
        ),
        graph(
            "Bodies held 占用内存",
            Q("sum(xiaoshi_intake_in_flight_bytes)", "bytes 字节"),
            unit="bytes",
            about="Of requests being answered.",
        ),
        graph(
            "Told to come back 请稍后再试",
            Q(rate("xiaoshi_intake_turned_away_total", "missing"), "{{missing}}"),
            Q(rate("xiaoshi_intake_resident_actions_total", "outcome"), "residents 群众 {{outcome}}"),
            unit=PER_SECOND,
            about="By what was missing; and what residents asked for, by outcome.",
        ),
    )


def _ledger() -> tuple[Panel, ...]:
    age = "time() - max by (projection) (xiaoshi_stream_last_progress_timestamp_seconds)"
    return (
        graph(
            "Age of the projections 台账停滞时间",
            Q(age, "{{projection}}"),
            unit=SECONDS,
            about="Since a batch was settled, or none was in hand.",
        ),
        graph(
            "Records projected 台账写入",
            Q(rate("xiaoshi_stream_events_total", "projection", "outcome"), "{{projection}} {{outcome}}"),
            unit=PER_SECOND,
            about="Handled, retried, buried.",
        ),
    )


def _auditor() -> tuple[Panel, ...]:
    return (
        graph(
            "Passes 巡查轮次",
            Q(rate("xiaoshi_audit_passes_total", "outcome"), "{{outcome}}"),
            unit=PER_SECOND,
            about="Clean, different, or failed to read.",
        ),
        graph(
            "Age of the last clean pass 最近无误",
            Q("time() - max(xiaoshi_audit_last_clean_pass_timestamp_seconds)", "clean 无误"),
            unit=SECONDS,
            about="A dead man's handle: only a clean pass moves it.",
        ),
    )
