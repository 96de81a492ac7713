"""The criterion benches of kernels/, as rows of results.csv."""

import json
import subprocess
from pathlib import Path

import tools
from report import Row

KERNELS = Path(__file__).resolve().parent / "kernels"


def kernels(_repeats):
    """Nanoseconds per call, over criterion's samples."""
    version = tools.missing("cargo")["cargo"]
    if not version:
        return []
    subprocess.run(["cargo", "bench", "--locked", "--quiet"], cwd=KERNELS, check=True)
    rows = []
    for path in sorted((KERNELS / "target" / "criterion").rglob("new/sample.json")):
        name = json.loads((path.parent / "benchmark.json").read_text())["full_id"]
        sample = json.loads(path.read_text())
        values = [time / calls for time, calls in zip(sample["times"], sample["iters"])]
        rows.append(Row(name, f"cargo {version}", "ns", values))
    return rows
