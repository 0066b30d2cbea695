"""What predict.py leaves behind when things go wrong around it, and what thousands of pictures take.

    python benchmarks/predict_faults.py RUN [--pictures 5000] > predict_faults.json

The real command in processes of its own, with a real run, on small phantoms as PNG. First the faults, a folder each:
killed three times and gone on with; a disk that fills (a file system of 2 MiB in memory, which root alone can make) and
is made larger; pictures that go away and pictures that are cut off while it runs; two commands in one folder; a folder
that must not be written to. Then all the pictures at once in a terminal, killed by SIGKILL at two fifths, gone on with,
and once more when nothing is left to do, the process's memory looked at every half second. "held": what must hold, did.
Linux only.
"""

import argparse
import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from _machine import describe

from dentalx.phantom import draw

ROOT = Path(__file__).resolve().parents[1]
FEW, SIZE, KINDS = 60, (64, 128), 24
DROPPED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")  # a root that must mind permissions
Found = dict[str, Any]


def put(folder: Path, count: int) -> Path:
    """So many pictures, a thousand in a folder: phantoms, each with another number of bright pixels in a corner."""
    phantoms = [np.rint(draw(seed=3, index=i, size=SIZE).image * 255).astype(np.uint8) for i in range(KINDS)]
    for number in range(count):
        plane = phantoms[number % KINDS].copy()
        plane.reshape(-1)[: number // KINDS] = 255
        path = folder / f"{number // 1000}" / f"{number:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), plane)
    return folder


@dataclass
class Command:
    """predict.py under way, in a terminal."""

    words: list[str]
    prefix: tuple[str, ...] = ()
    text: str = ""
    memory: list[float] = field(default_factory=list)  # MiB, every half second from the first picture on

    def __post_init__(self) -> None:
        self.started = self.next_look = time.perf_counter()
        self.terminal, other = pty.openpty()
        words = [*self.prefix, sys.executable, str(ROOT / "predict.py"), *self.words]
        self.process = subprocess.Popen(words, stdin=other, stdout=other, stderr=other)
        os.close(other)

    def look(self) -> bool:
        """Take in what it says and how much memory it holds; whether it still runs."""
        ready = select.select([self.terminal], [], [], 0.02)[0]
        with contextlib.suppress(OSError):  # the other end is closed
            self.text += os.read(self.terminal, 65536).decode("utf-8", "replace") if ready else ""
        if time.perf_counter() > self.next_look and "pictures/s" in self.text:
            self.memory += resident(self.process.pid)
            self.next_look = time.perf_counter() + 0.5
        return self.process.poll() is None

    def until(self, reached: Callable[[], bool], every_s: float = 0.0) -> "Command":
        """Wait until something holds, or it ends."""
        while not reached():
            ends = time.perf_counter() + every_s
            while (running := self.look()) and time.perf_counter() < ends:
                pass
            if not running:
                break
        return self

    def end(self) -> int:
        """Wait for its exit code."""
        while self.look():
            pass
        self.look()
        os.close(self.terminal)
        self.seconds = time.perf_counter() - self.started
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL, and what is left to hear of it."""
        self.process.kill()
        self.end()

    @property
    def lines(self) -> list[str]:
        """What it said, without the bar and its colours."""
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)
        return [line.rpartition("\r")[2].strip() for line in plain.replace("\r\n", "\n").split("\n")]


def resident(process: int) -> Iterator[float]:
    """MiB that a process holds; nothing where it has ended."""
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                yield int(line.split()[1]) / 1024
    except OSError:
        return


def results(output: Path) -> dict[str, bytes]:
    """Every result under its name; the journal, which says how often the command was begun, apart."""
    files = [path for path in output.rglob("*") if path.is_file() and path.name != "journal.jsonl"]
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def half_written(output: Path, whole: dict[str, bytes]) -> list[str]:
    """Results of pictures that are there and not what an undisturbed command writes."""
    there = [(name, data) for name, data in results(output).items() if name.endswith(".png") and ".part" not in name]
    return sorted(name for name, data in there if whole.get(name) != data)


def rows(output: Path) -> list[str]:
    """The status of each row of predictions.csv."""
    return [line.split(",")[1] for line in (output / "predictions.csv").read_text("utf-8").splitlines()[1:]]


def masks(output: Path) -> int:
    """How many masks are there."""
    return sum(1 for _ in (output / "masks").rglob("[!.]*.png"))


@dataclass(frozen=True)
class Place:
    """Where the faults are tried: a run, few pictures, a scratch folder, and what an undisturbed command wrote."""

    run: Path
    pictures: Path
    scratch: Path
    whole: dict[str, bytes]

    def words(self, output: Path, *more: str, pictures: Path | None = None) -> list[str]:
        """The command's words."""
        shown = str(pictures or self.pictures)
        return ["--run", str(self.run), "--input", shown, "--output", str(output), *more]


def killed(place: Place) -> Found:
    """SIGKILL three times, each a little later; then gone on with to the end."""
    output, half, at = place.scratch / "killed", list[str](), list[int]()
    for share in (0.2, 0.4, 0.7):
        command = Command(place.words(output, "--resume"))
        command.until(lambda share=share: masks(output) >= share * FEW).kill()
        at.append(masks(output))
        half += half_written(output, place.whole)
    code = Command(place.words(output, "--resume")).end()
    same = results(output) == place.whole
    return {"held": code == 0 and not half and same, "masks_when_killed": at, "half_written": half, "exit": code}


def full(place: Place) -> Found:
    """A disk that fills, and is made larger."""
    output = place.scratch / "full"
    output.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o"]
    if subprocess.run([*mount, "size=512k", "tmpfs", str(output)], check=False, capture_output=True).returncode:
        return {"held": None, "why": "a file system in memory needs root"}
    try:
        first = Command(place.words(output))
        code, half, done = first.end(), half_written(output, place.whole), masks(output)
        told = [line for line in first.lines if line.startswith("error:")]
        subprocess.run([*mount, "remount,size=64m", "tmpfs", str(output)], check=True)
        again = Command(place.words(output, "--resume")).end()
        same = results(output) == place.whole
        held = (code, again, half, len(told)) == (2, 0, [], 1) and "No space left" in told[0] and same
        return {"held": held, "exit": code, "told": told, "masks": done, "half_written": half, "exit_resumed": again}
    finally:
        subprocess.run(["umount", str(output)], check=True)


def vanishing(place: Place) -> Found:
    """Of the last pictures every other one is removed, and every other one cut off, once the first are done."""
    output, pictures = place.scratch / "vanishing", shutil.copytree(place.pictures, place.scratch / "going")
    command = Command(place.words(output, pictures=pictures)).until(lambda: masks(output) >= 5)
    for number, path in enumerate(sorted(pictures.rglob("*.png"))[-20:]):
        path.unlink() if number % 2 else path.write_bytes(path.read_bytes()[:200])
    code, half = command.end(), half_written(output, place.whole)
    failed, left = (rows(output).count(status) for status in ("failed", "ok"))
    held = code == 1 and (failed, left) == (20, FEW - 20) and masks(output) == left and not half
    return {"held": held and "Traceback" not in command.text, "exit": code, "failed": failed, "ok": left}


def two(place: Place) -> Found:
    """A second command in the same folder is refused; the first is not disturbed."""
    output = place.scratch / "two"
    first = Command(place.words(output)).until(lambda: masks(output) >= 2)
    second = Command(place.words(output))
    codes = (second.end(), first.end())
    told = [line for line in second.lines if line.startswith("error:")]
    held = codes == (2, 0) and len(told) == 1 and results(output) == place.whole
    return {"held": held, "exits": codes, "told": told, "seconds_until_refused": round(second.seconds, 2)}


def read_only(place: Place) -> Found:
    """A folder without permission to write, and one whose folder of masks became so before it went on."""
    output, prefix = place.scratch / "readonly", DROPPED if os.geteuid() == 0 else ()
    output.mkdir(mode=0o555)
    first = Command(place.words(output), prefix)
    codes = [first.end()]
    output.chmod(0o755)
    (output / "masks" / "0").mkdir(parents=True)
    (output / "masks" / "0").chmod(0o555)
    second = Command(place.words(output), prefix)
    codes.append(second.end())
    told = [line for command in (first, second) for line in command.lines if line.startswith("error:")]
    left = results(output)
    held = codes == [2, 2] and len(told) == 2 and not any(name.startswith("masks") for name in left)
    return {"held": held and all("Permission denied" in line for line in told), "exits": codes, "told": told}


def many(run: Path, pictures: Path, output: Path, count: int) -> Found:
    """All pictures: killed at two fifths, gone on with, and gone on with again."""
    words = ["--run", str(run), "--input", str(pictures), "--output", str(output), "--resume"]
    found = [stage(words, output, stop) for stop in (2 * count // 5, None, None)]
    parts, codes = [str(path) for path in output.rglob(".part*")], [each["exit"] for each in found]
    held = codes == [-signal.SIGKILL, 0, 0] and not parts and rows(output) == ["ok"] * count
    rise = round(found[1]["memory_mib"]["last_tenth"] - found[1]["memory_mib"]["second_tenth"], 1)
    held = held and masks(output) == count and sum(each["masks_made"] for each in found) == count and rise < 60
    return {"held": held, "runs": found, "left_over": parts, "memory_rises_mib": rise}


def stage(words: list[str], output: Path, stop: int | None) -> Found:
    """One command, killed when so many masks are there, or let end."""
    before, command = masks(output), Command(words)
    if stop is None:
        command.end()
    else:
        command.until(lambda: masks(output) >= stop, every_s=2).kill()
    done = masks(output) - before
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", command.text)
    shown = re.findall(r"\d+/\d+ [\d:-]+ [\d.]+ pictures/s", plain)
    return {
        "exit": command.process.returncode,
        "masks_made": done,
        "seconds": round(command.seconds, 1),
        "pictures_a_second": round(done / command.seconds, 2),
        "bar_in_the_middle": shown[len(shown) // 2] if shown else None,
        "said": [line for line in command.lines if "pictures done" in line],
        "memory_mib": flat(command.memory),
    }


def flat(values: list[float]) -> Found:
    """The median in the second and in the last tenth of the time, and the most."""
    tenth, values = max(1, len(values) // 10), values or [0.0]
    parts = {"second_tenth": values[tenth : 2 * tenth], "last_tenth": values[-tenth:]}
    found = {name: round(statistics.median(part or values), 1) for name, part in parts.items()}
    return {**found, "most": round(max(values), 1), "looks": len(values)}


FAULTS = {"killed": killed, "disk full": full, "pictures go": vanishing, "two at a time": two, "read-only": read_only}


def main() -> None:
    """Try everything, print JSON; exit 1 where something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--pictures", type=int, default=5000, help="0: the faults alone")
    parser.add_argument("--faults", nargs="*", choices=FAULTS, default=list(FAULTS), help="which to try")
    options, found = parser.parse_args(), Found(machine=describe())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        few = put(scratch / "few", FEW)
        undisturbed = Command(["--run", str(options.run), "--input", str(few), "--output", str(scratch / "whole")])
        assert undisturbed.end() == 0, undisturbed.text
        place = Place(options.run, few, scratch, results(scratch / "whole"))
        for name in options.faults:
            found[name] = FAULTS[name](place)
            sys.stderr.write(f"{name}: {found[name]}\n")
        if options.pictures:
            found["many"] = many(options.run, put(scratch / "all", options.pictures), scratch / "out", options.pictures)
    print(json.dumps(found, indent=1))
    sys.exit(any(each.get("held") is False for each in found.values() if isinstance(each, dict)))


if __name__ == "__main__":
    main()
