"""The other side of predict_speed.py: one of the peers' engines, asked over standard input, answering in seconds.

Started by predict_speed.py with a Python that has segmentation_models_pytorch, PyTorch, ONNX Runtime, OpenVINO and
OpenCV. The whole job is a loop as its users write it: OpenCV reads and letterboxes, the network, the probabilities back
at the picture's size, a threshold, OpenCV writes the mask.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _turns import answer

Forward = Callable[[Any], Any]  # (1, 3, H, W) float32 to (1, 1, H, W) float32 probabilities


def build(encoder: str) -> Any:
    """The U-Net with random weights whose masks are nearly empty, as ours."""
    import segmentation_models_pytorch as smp
    import torch

    torch.manual_seed(0)
    model = smp.Unet(encoder, encoder_weights=None, in_channels=3, classes=1).eval()
    torch.nn.init.normal_(model.segmentation_head[0].weight, std=0.01)
    torch.nn.init.constant_(model.segmentation_head[0].bias, -1.4)
    return model


def with_torch(encoder: str, mode: str) -> Forward:
    """eager, channels_last or bf16 (channels-last too)."""
    import torch

    model, layout = build(encoder), torch.contiguous_format
    if mode != "eager":
        layout = torch.channels_last
        model = model.to(memory_format=layout)

    def forward(images: Any) -> Any:
        tensor = torch.from_numpy(images).contiguous(memory_format=layout)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "bf16"):
            return torch.sigmoid(model(tensor).float()).numpy()

    return forward


def with_onnx(encoder: str, size: tuple[int, int], engine: str) -> Forward:
    """ONNX Runtime or OpenVINO (f32, bf16), from the same file; OpenVINO with fixed shapes."""
    import numpy as np
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "peer.onnx"
        model = torch.nn.Sequential(build(encoder), torch.nn.Sigmoid())
        sample = torch.zeros(1, 3, *size)
        torch.onnx.export(model, (sample,), path, input_names=["image"], external_data=False, verbose=False)
        if engine == "onnxruntime":
            import onnxruntime

            session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
            return lambda images: session.run(None, {"image": images})[0]
        sys.modules["openvino_telemetry"] = None
        import openvino

        core = openvino.Core()
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": engine.partition("-")[2]}
        request = core.compile_model(core.read_model(path), "CPU", settings).create_infer_request()
    return lambda images: np.array(request.infer({0: images}, share_inputs=True)[0])


def job(forward: Forward, pictures: list[Path], output: Path, size: tuple[int, int]) -> None:
    """Read, letterbox, ask, undo, write: every picture."""
    import cv2
    import numpy as np

    height, width = size
    for path in pictures:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        scale = min(height / image.shape[0], width / image.shape[1])
        rows, columns = round(image.shape[0] * scale), round(image.shape[1] * scale)
        top, left = (height - rows) // 2, (width - columns) // 2
        framed = np.zeros((height, width), np.float32)
        small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
        framed[top : top + rows, left : left + columns] = (small.astype(np.float32) / 255 - 0.45) / 0.225
        images = np.ascontiguousarray(np.broadcast_to(framed, (1, 3, height, width)))
        found = forward(images)[0, 0, top : top + rows, left : left + columns]
        mask = cv2.resize(found, image.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 0.5
        cv2.imwrite(str(output / f"{path.stem}.png"), mask.astype(np.uint8) * 255)


def main() -> None:
    """Load, say so, then answer every line of standard input, "job" or "network", with its seconds."""
    asked = json.loads(sys.argv[1])
    size, engine = tuple(asked["size"]), asked["engine"]
    import numpy as np

    torch_mode = engine.removeprefix("torch-")
    forward = (
        with_torch(asked["encoder"], torch_mode) if engine != torch_mode else with_onnx(asked["encoder"], size, engine)
    )
    pictures, output = sorted(Path(asked["pictures"]).iterdir()), Path(asked["output"])
    output.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).standard_normal((1, 3, *size)).astype(np.float32)
    job(forward, pictures[:2], output, size)
    answer({"job": lambda: job(forward, pictures, output, size), "network": lambda: forward(images)})


if __name__ == "__main__":
    main()
