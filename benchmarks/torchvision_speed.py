"""A training step and inference of ours and of torchvision's maskrcnn_resnet50_fpn, turn by turn; and their memory.

python benchmarks/torchvision_speed.py PYTHON_WITH_TORCHVISION [--side 512] [--batch 2] [--objects 32] [--rounds 5]
                                       [--precision float32|bfloat16]

Each training and each inference has a process of its own, so that each peak of memory is its own. Ours trains twice, as
it is and with `--recompute`: as little of the trunk in memory as can be.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _machine import describe

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
JOBS = {"train": ("ours", "recomputed", "torchvision"), "infer": ("ours", "torchvision")}


def main() -> int:
    """Print images a second, peaks of memory and their ratios as JSON."""
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene.npz"
        np.savez(scene, **draw_scene(arguments.side, arguments.objects))
        jobs = {job: measure(arguments, scene, job) for job in JOBS}
    settings = {name: getattr(arguments, name) for name in ("side", "batch", "objects", "rounds", "precision")}
    print(json.dumps({"machine": describe(), **settings, **jobs}, indent=1))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="a Python with PyTorch and torchvision; - inside a worker of ours")
    for name, default in (("side", 512), ("batch", 2), ("objects", 32), ("rounds", 5), ("warm", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    return parser.parse_args()


def draw_scene(side: int, objects: int) -> dict[str, np.ndarray]:
    """A noisy picture with discs on it."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:side, :side]
    middles, radii = rng.uniform(0.1 * side, 0.9 * side, (objects, 2)), rng.uniform(side / 40, side / 12, objects)
    masks = np.stack([np.hypot(rows - y, columns - x) < r for (y, x), r in zip(middles, radii, strict=True)])
    image = (60 + 80 * masks.any(0) + rng.normal(0, 20, (side, side))).clip(0, 255).astype(np.uint8)
    boxes = np.concatenate([middles - radii[:, None], middles + radii[:, None]], 1).clip(0, side).astype(np.float32)
    return {
        "image": image,
        "masks": masks.astype(np.uint8),
        "boxes": boxes,
        "labels": (1 + np.arange(objects) % 4).astype(np.int32),
    }


@dataclass
class Worker:
    """A process that does a step when told to."""

    process: subprocess.Popen[str]

    def __call__(self, word: str) -> float:
        """What it answers."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended with {self.process.wait()}")
        return float(json.loads(line))


def measure(arguments: argparse.Namespace, scene: Path, job: str) -> dict[str, Any]:
    """Turn by turn, one step of each, after some to warm up."""
    sizes = [str(n) for n in (arguments.side, arguments.batch, arguments.objects)]
    settings = [*sizes, arguments.precision, str(len(os.sched_getaffinity(0)))]
    commands = {
        "ours": [sys.executable, __file__, "--worker", *settings],
        "recomputed": [sys.executable, __file__, "--worker", *settings, "--recompute"],
        "torchvision": [arguments.python, str(HERE / "torchvision_timing.py"), *settings],
    }
    workers = {}
    for who, words in ((who, commands[who]) for who in JOBS[job]):
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        process.stdin.write(f"{scene}\n")
        workers[who] = Worker(process)
    for worker in workers.values():
        for _ in range(arguments.warm):
            worker(job)
    seconds: dict[str, list[float]] = {who: [] for who in workers}
    for _ in range(arguments.rounds):
        for who, worker in workers.items():
            seconds[who].append(worker(job))
    memory = {who: round(worker("end")) for who, worker in workers.items()}
    speed = {who: arguments.batch / median(values) for who, values in seconds.items()}
    return {
        "images_a_second": {who: round(value, 3) for who, value in speed.items()},
        "seconds": {who: [round(value, 3) for value in values] for who, values in seconds.items()},
        "peak_mib": memory,
        "times_as_fast": {who: round(value / speed["torchvision"], 3) for who, value in speed.items()},
        "share_of_memory": {who: round(value / memory["torchvision"], 3) for who, value in memory.items()},
    }


def work(side: int, batch: int, objects: int, precision: str, threads: int) -> None:
    """Our side, obeying as `torchvision_timing.py` does."""
    import resource

    import keras
    import tensorflow as tf

    from dentalx.inference.instances import to_picture
    from dentalx.models.maskrcnn import TrunkSettings, build_mask_rcnn
    from dentalx.preprocess import Letterbox

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    scene = np.load(sys.stdin.readline().strip())
    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    trunk = TrunkSettings((side, side), 1, "resnet50", "batch")  # as theirs is without weights
    model = build_mask_rcnn(4, trunk, precision=policy)
    if "--recompute" in sys.argv:
        model.recompute()
    model.compile(optimizer=keras.optimizers.SGD(1e-4, momentum=0.9))
    image = np.repeat(scene["image"][None, ..., None], batch, 0)
    truth = {name: np.repeat(scene[name][None], batch, 0) for name in ("boxes", "labels", "masks")}
    detect = tf.function(model.detect)

    def train() -> None:
        model.train_on_batch(image, truth)

    def infer() -> None:
        found = {name: np.asarray(value) for name, value in detect(tf.constant(image)).items()}
        for i in range(batch):
            to_picture({name: value[i] for name, value in found.items()}, Letterbox((side, side), (side, side)), 0.0)

    steps = {"train": train, "infer": infer}
    for line in sys.stdin:
        if line.strip() == "end":
            print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), flush=True)
            return
        start = time.perf_counter()
        steps[line.strip()]()
        print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(*[int(word) for word in sys.argv[2:5]], sys.argv[5], int(sys.argv[6]))
    else:
        sys.exit(main())
