"""Runs the service that CHAOS_SERVICE names with a wall clock that jumps a day ahead at one signal, back at another."""

import os
import runpy
import signal
import time
from datetime import UTC, datetime

from shared import clock

DAY = 86_400.0
AHEAD, BACK = signal.SIGRTMIN, signal.SIGRTMIN + 1

if __name__ == "__main__":
    told, told_ns = time.time, time.time_ns
    jumped = 0.0

    def jump(number: int, _: object) -> None:
        global jumped
        jumped += DAY if number == AHEAD else -DAY

    signal.signal(AHEAD, jump)
    signal.signal(BACK, jump)
    time.time = lambda: told() + jumped
    time.time_ns = lambda: told_ns() + int(jumped * 1e9)
    clock.now = lambda: datetime.fromtimestamp(time.time(), UTC)
    runpy.run_module(f"services.{os.environ['CHAOS_SERVICE']}", run_name="__main__")
