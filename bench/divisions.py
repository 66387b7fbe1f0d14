"""What the division tree costs: `python -m bench.divisions`. Cold figures are each from their own process."""

import gc
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path


def resident() -> float:
    """Megabytes of this process in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def cold_subtree(county: str) -> dict[str, float]:
    """Seconds from nothing imported to every division of one county in hand."""
    start = time.perf_counter()
    from shared import divisions

    imported, spent = time.perf_counter(), time.process_time()
    count = len(list(divisions.descendants(county)))
    took, spent = time.perf_counter() - imported, time.process_time() - spent
    return {"import": imported - start, "subtree": took, "processor": spent, "divisions": count}


def cold_tree() -> dict[str, float]:
    """Seconds and megabytes from imported to the whole tree loaded; beside them, to walk all of it once."""
    from shared import divisions

    gc.collect()
    before, start, spent = resident(), time.perf_counter(), time.process_time()
    for province in divisions.provinces():
        for city in divisions.children(province):
            divisions.children(divisions.children(city)[0])
    loaded, spent, after = time.perf_counter(), time.process_time() - spent, resident()
    count = sum(1 for top in divisions.provinces() for _ in divisions.descendants(top))
    walked = time.perf_counter() - loaded
    return {
        "tree": loaded - start,
        "processor": spent,
        "megabytes": after - before,
        "walk": walked,
        "below provinces": count,
    }


def warm() -> dict[str, float]:
    """Microseconds per call once the county is loaded; in turn over 2,000 villages of several counties."""
    from shared import divisions as d

    villages = [each.code for each in d.descendants("4309") if len(each.code) == 12][:2000]
    rounds = 50
    pairs = list(zip(villages, villages[::-1], strict=True))
    calls: dict[str, Callable[[], object]] = {
        "county_of": lambda: [d.county_of(code) for code in villages],
        "at_tier": lambda: [d.at_tier(code, d.Tier.TOWN) for code in villages],
        "find": lambda: [d.find(code) for code in villages],
        "lowest_common": lambda: [d.lowest_common(pair) for pair in pairs],
        "full_name": lambda: [d.full_name(code) for code in villages],
        "lookup in county": lambda: [d.lookup("书院社区", "430981") for _ in villages],
    }
    took: dict[str, float] = {}
    for name, call in calls.items():
        call()
        took[name] = timeit.timeit(call, number=rounds) / rounds / len(villages) * 1e6
    d.normalise.cache_clear()
    took["county_of, cache missed"] = timeit.timeit(calls["county_of"], number=1) / len(villages) * 1e6
    return took


MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "subtree": lambda: cold_subtree("430981"),
    "tree": cold_tree,
    "warm": warm,
}

if __name__ == "__main__":
    import json
    import subprocess

    if len(sys.argv) == 2:
        print(json.dumps(MEASURES[sys.argv[1]]()))
    else:
        for name in MEASURES:
            for _ in range(1 if name == "warm" else 3):
                done = subprocess.run(
                    [sys.executable, "-m", "bench.divisions", name],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                figures = json.loads(done.stdout)
                print(f"{name:8}", "  ".join(f"{key} {value:.4g}" for key, value in figures.items()))
