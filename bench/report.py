"""Rows of a bench: as a markdown table, and appended to results.csv."""

import csv
import os
import statistics
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

PASS, FAIL = "PASS", "FAIL"
RESULTS = Path(__file__).resolve().parent / "results.csv"
COLUMNS = ["date", "machine", "cores", "load", "bench", "tool", "version", "metric", "median", "min", "max", "n",
           "bar", "verdict", "ratio"]


@dataclass
class Row:
    """One metric of one tool over repeated runs.

    `ratio` is the peer's median over forebear's, where the metric is a cost.
    `bar` says what forebear must reach; `verdict` is PASS, FAIL, or empty where there is no bar.
    """

    tool: str
    version: str
    metric: str
    values: list
    ratio: float | None = None
    bar: str = ""
    verdict: str = ""

    @property
    def median(self):
        return statistics.median(self.values)


def checked(row, bar, holds):
    """The row with its bar and what came of it."""
    row.bar, row.verdict = bar, PASS if holds else FAIL
    return row


def against(row, forebear, at_least=None):
    """A peer's row with its ratio to forebear's row, checked if there is a least ratio."""
    if forebear is None:
        return row
    row.ratio = row.median / forebear.median if forebear.median else float("inf")
    return checked(row, f"ratio >= {at_least:g}", row.ratio >= at_least) if at_least else row


def number(value):
    return f"{value:.5g}"


def table(rows):
    """Markdown table of the rows."""
    cells = [["tool", "version", "metric", "median", "(min - max)", "n", "ratio", "bar", ""]]
    for row in rows:
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        spread = f"({number(min(row.values))} - {number(max(row.values))})" if len(row.values) > 1 else ""
        cells.append([row.tool, row.version, row.metric, number(row.median), spread, str(len(row.values)), ratio,
                      row.bar, row.verdict])
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def processor():
    """Name of the processor."""
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def bring_up_to_date():
    """Gives results.csv of an earlier version the columns that have come since, empty."""
    with open(RESULTS, newline="") as lines:
        old = list(csv.DictReader(lines))
        if not old or list(old[0]) == COLUMNS:
            return
    with open(RESULTS, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(old)


def append(bench, rows):
    """Adds the rows to results.csv; `load` is the computer's load average as the bench ended."""
    date = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    place = [date, processor(), os.cpu_count(), f"{os.getloadavg()[1]:.1f}", bench]
    new = not RESULTS.exists()
    if not new:
        bring_up_to_date()
    with open(RESULTS, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        for row in rows:
            numbers = [f"{value:.6g}" for value in (row.median, min(row.values), max(row.values))]
            ratio = f"{row.ratio:.6g}" if row.ratio is not None else ""
            writer.writerow([*place, row.tool, row.version, row.metric, *numbers, len(row.values), row.bar, row.verdict,
                             ratio])
