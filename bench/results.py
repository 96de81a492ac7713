#!/usr/bin/env python3
"""Write RESULTS.md from results.csv: the last run of each bench.

  results.py [CSV [MARKDOWN]]      by default results.csv and RESULTS.md of this folder

Every figure comes from a row that a bench has appended. results.csv stays on its computer: a bench without
rows there keeps what RESULTS.md says of it, and is named as not run if that is nothing.
"""

import csv
import sys
from pathlib import Path

import report
from names import WHAT

HERE = Path(__file__).resolve().parent
HEAD = """# Results

Made by `tools/bench results` from `bench/results.csv`; not edited by hand. What each bench shows
and how it is measured is in [README.md](README.md). A ratio is the peer's figure over forebear's; a
verdict is about forebear. `load` is the computer's load average when the bench ended: on a busy
computer CPU seconds are too high for all programs.
"""


def read_runs(path):
    """The rows of the last run of each bench, in the order in which they were written."""
    runs = {}
    if not path.exists():
        return runs
    with open(path, newline="") as lines:
        for row in csv.DictReader(lines):
            kept = runs.setdefault(row["bench"], [])
            if kept and kept[0]["date"] != row["date"]:
                kept.clear()
            kept.append(row)
    return runs


def is_own(row):
    return row["tool"].startswith("forebear")


def beside(rows):
    """Pairs of a row of forebear and one of a peer; either may be None."""
    pairs, paired = [], set()
    own = {row["metric"]: row for row in rows if is_own(row)}
    for row in rows:
        if is_own(row):
            continue
        # Metrics of a peer may be worded otherwise: then the ratio says what it was compared with.
        mate = own.get(row["metric"])
        if mate is None and row.get("ratio"):
            wanted = float(row["median"]) / float(row["ratio"])
            near = [other for other in own.values()
                    if abs(float(other["median"]) - wanted) <= 1e-4 * abs(wanted)]
            mate = near[-1] if near else None
        if mate is not None:
            paired.add(id(mate))
        pairs.append((mate, row))
    for position, row in enumerate(rows):
        # A row with a bar of its own has a line of its own.
        if is_own(row) and (id(row) not in paired or row["verdict"]):
            before = sum(1 for mate, peer in pairs if rows.index(peer if peer else mate) < position)
            pairs.insert(before, (row, None))
    return pairs


def figure(row):
    if row is None:
        return ""
    text = report.number(float(row["median"]))
    if int(row["n"]) > 1:
        text += f" ({report.number(float(row['min']))} to {report.number(float(row['max']))})"
    return text


def ratio_of(own, peer):
    """As recorded; runs before the column was there have it in rows with a bar of ratios only."""
    if peer is None:
        return ""
    if peer.get("ratio"):
        return f"{float(peer['ratio']):.2f}"
    if own and peer["bar"].startswith("ratio") and float(own["median"]):
        return f"{float(peer['median']) / float(own['median']):.2f}"
    return ""


def cell(text):
    return text.replace("|", "\\|")


def table(head, lines):
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(cell(text) for text in row) + " |" for row in rows)


def section(name, what, rows):
    first = rows[0]
    versions = sorted({row["version"] for row in rows if is_own(row)})
    lines = []
    for own, peer in beside(rows):
        verdict_of = peer or own
        lines.append([(own or peer)["metric"], figure(own), figure(peer),
                      f"{peer['tool']} {peer['version']}" if peer else "", ratio_of(own, peer),
                      verdict_of["bar"], verdict_of["verdict"]])
    place = f"{first['date']}, forebear {' and '.join(versions) or 'not installed'}, {first['machine']}, " \
            f"{first['cores']} cores, load {first['load']}."
    head = ["metric", "forebear", "peer's", "peer", "ratio", "bar", "verdict"]
    return f"## {name}\n\n{what[0].upper()}{what[1:]}.\n\n{place}\n\n{table(head, lines)}\n"


def read_page(path):
    """(cells of the summary, section) of each bench in an earlier RESULTS.md."""
    if not path.exists():
        return {}
    text = path.read_text()
    sections = {part.split("\n", 1)[0]: f"## {part.strip()}\n" for part in text.split("\n## ")[1:]}
    lines = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in text.splitlines()
             if line.startswith("| [")]
    named = [(line[0][1:].split("]")[0], line) for line in lines]
    return {name: (line, sections[name]) for name, line in named if name in sections}


def summary(benches, runs, earlier):
    """One line per bench: when it ran last, and how many of its bars are reached."""
    lines = []
    for name, what in benches.items():
        rows = runs.get(name)
        if not rows:
            lines.append(earlier[name][0] if name in earlier else [name, "not run", "", ""])
            continue
        verdicts = [row["verdict"] for row in rows if row["verdict"]]
        reached = f"{verdicts.count(report.PASS)} of {len(verdicts)}" if verdicts else "none set"
        version = next((row["version"] for row in rows if is_own(row)), "")
        lines.append([f"[{name}](#{name})", rows[0]["date"][:10], version, reached])
    return table(["bench", "last run", "forebear", "bars reached"], lines)


def page(benches, runs, earlier):
    """RESULTS.md: `benches` maps names to what they show, `runs` names to rows, `earlier` is of read_page()."""
    parts = [HEAD, summary(benches, runs, earlier) + "\n"]
    parts += [section(name, what, runs[name]) if runs.get(name) else earlier[name][1]
              for name, what in benches.items() if runs.get(name) or name in earlier]
    absent = [name for name in benches if not runs.get(name) and name not in earlier]
    if absent:
        parts.append("## Not run\n\nNo figures are recorded for these; `tools/bench NAME` measures one, "
                     "and `tools/bench all` every one.\n\n"
                     + "\n".join(f"- {name}: {benches[name]}" for name in absent) + "\n")
    return "\n".join(parts)


def write(benches, source=report.RESULTS, target=HERE / "RESULTS.md"):
    target.write_text(page(benches, read_runs(source), read_page(target)))
    return target


if __name__ == "__main__":
    print(f"wrote {write(WHAT, *map(Path, sys.argv[1:3]))}")
