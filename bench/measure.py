"""Runs one command on one processor and reports what it cost."""

import os
import subprocess
from dataclasses import dataclass

# Every numeric library that could start threads of its own is set not to.
ONE_THREAD = {name: "1" for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
                                     "RAYON_NUM_THREADS", "NUMEXPR_NUM_THREADS"]}


@dataclass
class Cost:
    """CPU seconds (user + system) and peak resident memory in MB (1e6 bytes), children included."""

    cpu_seconds: float
    peak_mb: float


def run(command, cwd=None):
    """Runs `command` pinned to one processor; its output is shown only if it fails.

    Raises RuntimeError with the end of the output if the exit status is not 0.
    """
    processor = max(os.sched_getaffinity(0))
    process = subprocess.Popen([str(part) for part in command], cwd=cwd, env={**os.environ, **ONE_THREAD},
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = output.decode(errors="replace")[-2000:]
        raise RuntimeError(f"`{' '.join(map(str, command))}` ended with status {process.returncode}:\n{tail}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
