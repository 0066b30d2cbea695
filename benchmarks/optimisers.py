"""Optimisers of `--task instance` compared: the same phantoms, steps and schedule; only optimiser and rate differ.

python benchmarks/optimisers.py [--runs adamw:0.001 sgd:0.02 sgd:0.1] [--phantoms 60] [--epochs 8] [--size 160 320]
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _machine import describe

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Print, as JSON, what each run's validation was after every epoch, and the processor minutes it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="+", default=("adamw:0.001", "sgd:0.02", "sgd:0.1"), metavar="NAME:RATE")
    parser.add_argument("--phantoms", type=int, default=60, help="four fifths to train on, the rest to validate on")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--size", type=int, nargs=2, default=(160, 320))
    parser.add_argument("--work", type=Path, default=None)
    arguments = parser.parse_args()
    work = arguments.work or Path(tempfile.mkdtemp())
    found = {name: trained(name, arguments, work / name.replace(":", "-")) for name in arguments.runs}
    asked = {"phantoms": arguments.phantoms, "epochs": arguments.epochs, "size": list(arguments.size)}
    print(json.dumps({"machine": describe(), **asked, "runs": found}, indent=1))
    return 0


def trained(name: str, arguments: argparse.Namespace, run: Path) -> dict[str, Any]:
    """One run: AP50 of masks and loss of the validation pictures after each epoch, processor minutes."""
    optimiser, _, rate = name.partition(":")
    data = ["--task", "instance", "--phantoms", str(arguments.phantoms), "--classes", "teeth"]
    how = ["--fractions", "0.8", "0.2", "0", "--image-size", *map(str, arguments.size), "--batch-size", "4"]
    choice = ["--optimizer", optimiser, "--learning-rate", rate, "--epochs", str(arguments.epochs)]
    command = [sys.executable, str(HERE.parent / "train.py"), *data, *how, *choice]
    process = subprocess.Popen(
        [*command, "--precision", "mixed_bfloat16", "--output", str(run)], stdout=sys.stderr, stderr=sys.stderr
    )
    _, status, used = os.wait4(process.pid, 0)
    minutes = round((used.ru_utime + used.ru_stime) / 60, 2)
    if status:
        return {"failed": os.waitstatus_to_exitcode(status), "minutes": minutes}
    with (run / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [round(float(row[name]), 4) for row in rows] for name in ("val_ap50", "val_loss", "loss")} | {
        "minutes": minutes
    }


if __name__ == "__main__":
    sys.exit(main())
