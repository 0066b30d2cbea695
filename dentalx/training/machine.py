"""What this machine can carry: memory, devices, bfloat16."""

import math
from pathlib import Path

import keras
import tensorflow as tf

from dentalx.config import TrainConfig
from dentalx.errors import InputError

BYTES = {"float32": 4, "mixed_bfloat16": 2, "mixed_float16": 2}


def activation_values(core: keras.Model, size: tuple[int, int]) -> int:
    """How many numbers the layers of `core` put out for one picture of `size`."""
    height, width = (math.ceil(side / 32) * 32 for side in size)
    total = 0
    shapes = {core.inputs[0].name: (1, height, width, 3)}
    probe = keras.Model(core.inputs, [layer.output for layer in core.layers])
    for shape in probe.compute_output_shape(next(iter(shapes.values()))):
        total += math.prod(shape[1:])
    return total


def training_bytes(core: keras.Model, config: TrainConfig) -> tuple[int, int]:
    """(bytes whatever the batch, bytes a picture) that a training step needs, roughly.

    Weights, gradients and two optimiser moments in float32; activations once for the forward pass and as much again for
    workspace and gradients under way.
    """
    fixed = core.count_params() * 4 * 4
    picture = activation_values(core, _seen(config)) * BYTES[config.precision] * 2
    return fixed, picture


def check_memory(core: keras.Model, config: TrainConfig, available: int | None) -> None:
    """Raise InputError, with a setting that fits, where one batch cannot."""
    if available is None or tf.config.list_physical_devices("GPU"):
        return
    fixed, picture = training_bytes(core, config)
    if fixed + config.batch_size * picture > available:
        raise InputError(too_large(config, fixed, picture, available))


def too_large(config: TrainConfig, fixed: int, picture: int, available: int) -> str:
    """The sentence for settings that need more memory than there is.

    >>> gib = 2**30
    >>> too_large(TrainConfig(batch_size=8), gib, gib, 4 * gib)
    'batch size 8 at 256×512 needs about 9.0 GiB and 4.0 GiB are free; use --batch-size 3'
    >>> too_large(TrainConfig(batch_size=8), gib, 8 * gib, 4 * gib)
    'batch size 8 at 256×512 needs about 65.0 GiB and 4.0 GiB are free; use --batch-size 1 --image-size 128 288'
    """
    height, width = _seen(config)
    batch = (available - fixed) // picture
    advice = f"--batch-size {batch}"
    if batch < 1:
        shrink = math.sqrt(max(available - fixed, available / 8) / picture)
        sides = [max(32, int(side * shrink) // 32 * 32) for side in (height, width)]
        advice = f"--batch-size 1 {_flag(config)} {sides[0]} {sides[1]}"
    need = (fixed + config.batch_size * picture) / 2**30
    return (
        f"batch size {config.batch_size} at {height}×{width} needs about {need:.1f} GiB "
        f"and {available / 2**30:.1f} GiB are free; use {advice}"
    )


def out_of_memory(config: TrainConfig) -> str:
    """The sentence for a device that ran out of memory in the middle."""
    height, width = _seen(config)
    smaller = f"--batch-size {config.batch_size // 2}" if config.batch_size > 1 else ""
    smaller = smaller or f"{_flag(config)} {max(32, height // 2)} {max(32, width // 2)}"
    return f"out of memory with batch size {config.batch_size} at {height}×{width}; try {smaller}"


def computes_in_bfloat16() -> bool:
    """Whether the device that training uses has units for bfloat16: a GPU since Ampere, a CPU whose flags say so."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return bool(tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0)) >= (8, 0))
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def bfloat16_hint(config: TrainConfig) -> str | None:
    """What a CPU with bfloat16 units would save; None where there is nothing to say."""
    if config.precision != "float32" or tf.config.list_physical_devices("GPU") or not computes_in_bfloat16():
        return None
    return "this CPU computes in bfloat16: --precision mixed_bfloat16 trains about 1.5 times as fast"


def _seen(config: TrainConfig) -> tuple[int, int]:
    """(rows, columns) of what the network sees in training."""
    return config.balance.crop or config.model.image_size


def _flag(config: TrainConfig) -> str:
    return "--crop" if config.balance.crop else "--image-size"


def forget_networks() -> None:
    """Free what Keras keeps of the networks built so far, and let the next one's layers be called as the first's."""
    keras.backend.clear_session()


def device_name() -> str:
    """The kind of device TensorFlow will train on, e.g. "CPU" or "GPU: NVIDIA A100"."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    return f"GPU: {tf.config.experimental.get_device_details(gpus[0]).get('device_name', 'unknown')} ×{len(gpus)}"
