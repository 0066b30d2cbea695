"""Pictures a second, whole job and network alone, beside what the peers do with the same network.

    python benchmarks/predict_speed.py PYTHON_WITH_PEERS --pictures 200 > predict_speed.json

Whole job: JPEG panoramics of 2400 × 1200 in, masks out. Ours also judges every picture, counts and writes a table; with
`--overlays` it draws and writes these too. Theirs writes masks alone.
U-Nets with random weights (biased towards empty masks), float32 and bfloat16, every runtime of ours beside PyTorch
(eager, channels-last, bfloat16), ONNX Runtime and OpenVINO. Each engine has a process of its own that waits while the
others work; all take turns within one run, and the medians and their ratios are reported.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _machine import describe
from _turns import Worker, answer, start

SIZES = {"256x512": (256, 512), "512x1024": (512, 1024)}
OURS = ("tensorflow", "tensorflow-bf16", "onnx", "openvino", "openvino-bf16", "litert")
PEERS = ("torch-eager", "torch-channels_last", "torch-bf16", "onnxruntime", "openvino-f32", "openvino-bf16")
SIDES = ("ours", "peers")
HERE = Path(__file__).resolve().parent


def draw(folder: Path, count: int) -> Path:
    """So many JPEG panoramics of 2400 × 1200; four phantoms, again and again."""
    import cv2
    import numpy as np

    from dentalx.datasets.phantoms import PhantomSource

    pictures = folder / "pictures"
    pictures.mkdir()
    source = PhantomSource(4, 0, (600, 1200), ())
    files = []
    for record in source.records:
        levels = np.round(source.load(record).image * 255).astype(np.uint8)
        large = cv2.resize(levels, (2400, 1200), interpolation=cv2.INTER_CUBIC)
        files.append(cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    for index in range(count):
        (pictures / f"{index:04d}.jpg").write_bytes(files[index % len(files)])
    return pictures


def make_run(folder: Path, backbone: str, size: tuple[int, int], formats: set[str]) -> Path:
    """A run folder with random weights, exported for what is measured."""
    import numpy as np

    from dentalx.config import ModelConfig, TrainConfig, to_json
    from dentalx.export import Wishes, export_network
    from dentalx.files import write_json
    from dentalx.models import build_network
    from dentalx.runs import Run

    run = Run(folder / f"{backbone}-{size[0]}")
    run.folder.mkdir()
    model = ModelConfig(backbone=backbone, encoder_weights="none", image_size=size)
    network = build_network(model, 1, prevalence=np.array([0.2])).model
    head = network.get_layer("logits")  # what was never trained is large, and its last digits with it
    head.kernel.assign(head.kernel * 0.01)
    network.save_weights(run.best)
    config = to_json(TrainConfig(model=model))
    write_json(run.config, {"format": 1, "config": config, "classes": ["teeth"], "data": {"fingerprint": ""}})
    for kind in sorted(formats):
        sys.stderr.write(f"exporting {run.folder.name} for {kind}\n")
        export_network(run, Wishes(kind))
    return run.folder


def work(asked: dict[str, Any]) -> None:
    """Our side of a worker: what predict.py does, and the network of it alone."""
    import numpy as np

    from dentalx.datasets.images import find_pictures
    from dentalx.inference import Place, Predictor, load_exported, load_predictor, predict_folder
    from dentalx.predict_config import PredictConfig
    from dentalx.runs import Run
    from dentalx.runtimes import read

    runtime, _, digits = asked["engine"].partition("-")
    precision = "mixed_bfloat16" if digits else "float32"
    folder = Path(asked["run"])
    predictor: Predictor
    if runtime == "tensorflow":
        predictor = load_predictor(Run(folder), precision)
    else:
        predictor = load_exported(read(folder / "exports" / f"{runtime}-fp32"), precision)
    pictures, output = find_pictures(Path(asked["pictures"])), Path(asked["output"])
    ((network, _),) = predictor.networks.parts
    pixels = np.random.default_rng(0).integers(0, 256, (1, *asked["size"], 1), dtype=np.uint8)
    wishes = PredictConfig(overlays=asked["overlays"])
    predict_folder(predictor, pictures[:2], Place(output), wishes)
    answer(
        {"job": lambda: predict_folder(predictor, pictures, Place(output), wishes), "network": lambda: network(pixels)}
    )


def measure(workers: list[Worker], pictures: int, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Pictures a second of every engine, medians over the turns."""
    times: dict[str, dict[str, list[float]]] = {worker.name: {"job": [], "network": []} for worker in workers}
    for turn in range(options.rounds):
        for worker in workers:
            times[worker.name]["job"].append(worker.ask("job") / pictures)
            worker.ask("network")
            times[worker.name]["network"] += [worker.ask("network") for _ in range(options.calls)]
            sys.stderr.write(f"turn {turn + 1} of {options.rounds}: {worker.name}\n")
    return {
        name: {kind: round(1 / statistics.median(seconds), 3) for kind, seconds in kinds.items()}
        for name, kinds in times.items()
    }


def ratios(rates: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Our best over their best, of each kind, and with float32 alone, where both sides have one."""
    found: dict[str, Any] = {}
    for kind in ("job", "network"):
        for what, half in (("any precision", True), ("float32", False)):
            sides = {side: [n for n in rates if n.startswith(side) and (half or "bf16" not in n)] for side in SIDES}
            if all(sides.values()):
                best = {side: max(names, key=lambda name: rates[name][kind]) for side, names in sides.items()}
                ratio = rates[best["ours"]][kind] / rates[best["peers"]][kind]
                found[f"{kind}, {what}"] = {**best, "ratio": round(ratio, 2)}
    return found


def one(options: argparse.Namespace, backbone: str, size: str, folder: Path, pictures: Path) -> dict[str, Any]:
    """Every engine with one network."""
    formats = {name.partition("-")[0] for name in options.ours} - {"tensorflow"}
    run = make_run(folder, backbone, SIZES[size], formats)
    asked = {"size": SIZES[size], "pictures": str(pictures), "run": str(run), "encoder": backbone}
    workers: list[Worker] = []
    try:
        for engine in options.ours:
            more = {"engine": engine, "output": str(folder / "out" / engine), "overlays": options.overlays}
            words = [sys.executable, __file__, "--worker", json.dumps({**asked, **more})]
            workers.append(start(f"ours {engine}", words))
        for engine in options.peers:
            more = {"engine": engine, "output": str(folder / "peers" / engine)}
            words = [options.python, str(HERE / "predict_speed_peer.py"), json.dumps({**asked, **more})]
            workers.append(start(f"peers {engine}", words))
        rates = measure(workers, options.pictures, options)
    finally:
        for worker in workers:
            worker.end()
    return {"pictures_a_second": rates, "ours_over_peers": ratios(rates)}


def main() -> None:
    """Measure and print JSON."""
    if sys.argv[1:2] == ["--worker"]:
        work(json.loads(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="of the environment with the peers")
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=5, help="of the network alone, a turn")
    parser.add_argument("--backbones", nargs="+", default=["resnet34", "vgg16"])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--overlays", action="store_true", help="ours draws and writes overlays too")
    parser.add_argument("--ours", nargs="+", default=list(OURS), choices=OURS)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as place:
        pictures = draw(Path(place), options.pictures)
        for backbone in options.backbones:
            for size in options.sizes:
                results[f"{backbone} {size}"] = one(options, backbone, size, Path(place), pictures)
    print(json.dumps({"pictures": options.pictures, "results": results, "machine": describe()}, indent=2))


if __name__ == "__main__":
    main()
