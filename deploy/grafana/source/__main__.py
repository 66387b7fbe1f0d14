"""Writes the dashboards: `python deploy/grafana/source [FOLDER]`, deploy/grafana/dashboards by default."""

import sys
from pathlib import Path

import city
import clock
import county
import flow
import processes
import quality
from grafana_foundation_sdk.cog.encoder import JSONEncoder

BOARDS = {
    "overview": city,
    "county": county,
    "flow": flow,
    "clock": clock,
    "quality": quality,
    "services": processes,
}


def main(folder: Path) -> None:
    encoder = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False)
    for name, module in BOARDS.items():
        (folder / f"{name}.json").write_text(encoder.encode(module.board().build()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "dashboards")
