"""All lanes of a service and nothing beside them: `python -m bench.lanes routing|escalation KAFKA LANES`.

For filling state: no ledger waits for its store here, and no page is served.
"""

import asyncio
import sys

from shared import catalogue
from shared.lane import Bus, Lane, LaneKind
from xiaoshi.road import makers, readers


async def run(name: str, kafka: str, lanes: int) -> None:
    core = makers(catalogue.load(), lanes)[name]
    inputs = tuple(topic for topic, service in readers().items() if service == name)
    kind = LaneKind(name, inputs, core)
    bus = Bus(kafka, lanes, recorded_time=True)
    async with asyncio.TaskGroup() as all_lanes:
        for number in range(lanes):
            all_lanes.create_task(Lane(kind, number, bus).run())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
