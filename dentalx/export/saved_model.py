"""A run's network as a SavedModel that needs TensorFlow alone."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from dentalx import DISCLAIMER, __version__, runs
from dentalx.config import to_json
from dentalx.errors import InputError
from dentalx.export.cards import card_of, keep_seen
from dentalx.export.staging import staged
from dentalx.export.warmup import write_warmup
from dentalx.files import write_json
from dentalx.models import load_parts
from dentalx.models.maskrcnn.detector import ColourDetector, Detector
from dentalx.models.maskrcnn.run import load_instance_network
from dentalx.models.segmenter import EnhancedSegmenter, Part, Segmenter
from dentalx.recipe import written
from dentalx.runs import Run
from dentalx.runtimes import saved_model_graph
from dentalx.runtimes.card import NAME

TOLERANCE = 1e-4
ENHANCED = "enhanced_image"


def export_saved_model(run: Run, output: Path | None = None) -> Path:
    """Write the SavedModel of a run, check that it says what the network says, and only then put it in place.

    Signatures: `serving_default`: image uint8 (B, h, w, 1) to probability float32 (B, h, w, C); `serving_bytes`:
    image_bytes string (B,), PNG or JPEG files of one size, to the same. A run with a recipe has `serving_default`
    alone, and its input is called enhanced_image: the recipe's steps are not in the graph. A run of --task instance
    has `serving_default` alone: image to boxes, classes, scores, masks and count, as `maskrcnn.detector.objects` says.

    Raises:
        InputError: not a run folder, no room, or the written model disagrees with the network.
    """
    description = runs.describe(run)
    output = output or run.saved_model
    with staged(output, "the SavedModel") as folder:
        parts = [] if description.train.task == "instance" else load_parts(run)
        write_saved_model(run, description, folder, parts)
    return output


def write_saved_model(run: Run, description: runs.Description, folder: Path, parts: Sequence[Part]) -> None:
    """Write the SavedModel with all that belongs to it into a folder that is not in place yet, and check it.

    Args:
        run: with its description.
        description: of the run.
        folder: does not exist yet.
        parts: the run's networks; none of --task instance.

    Raises:
        InputError: the written model disagrees with the network.
    """
    module, signatures = _module(run, description, parts)
    tf.saved_model.save(module, str(folder), signatures)
    write_warmup(folder, run.folder.resolve().name, _requests(signatures, description.train.model.image_size))
    keep_seen(run, folder)
    _write_card(folder, run, description)
    load = saved_model_graph.load if parts else tf.saved_model.load  # what we would refuse to load is not written
    _check(load(folder), signatures["serving_default"], description.train.model.image_size)


def hint(run: Run) -> str | None:
    """What whoever loads the SavedModel must know of its input; None where it takes pictures as they are.

    Raises:
        InputError: not a run folder.
    """
    recipe = runs.describe(run).train.enhance
    if not recipe:
        return None
    return (
        f"its input is {ENHANCED}: grey bytes after the run's recipe ({written(recipe)}), which is not in the graph; "
        "make it with dentalx.enhance.apply"
    )


def _module(run: Run, description: runs.Description, parts: Sequence[Part]) -> tuple[tf.Module, dict[str, Any]]:
    enhance = description.train.enhance
    if description.train.task == "instance":
        network = load_instance_network(run)
        if description.train.data.colour:
            photographs = ColourDetector(network)
            return photographs, {"serving_default": photographs.from_pixels}
        detector = Detector(network)
        return detector, {"serving_default": detector.from_enhanced if enhance else detector.from_pixels}
    overlapping = description.train.data.overlapping
    if enhance:
        enhanced = EnhancedSegmenter(*parts, overlapping=overlapping)
        return enhanced, {"serving_default": enhanced.from_enhanced}
    plain = Segmenter(*parts, overlapping=overlapping)
    return plain, {"serving_default": plain.from_pixels, "serving_bytes": plain.from_bytes}


def _requests(signatures: Mapping[str, Any], size: tuple[int, int]) -> dict[str, tuple[str, Any]]:
    """An even picture of the network's size for each signature."""
    found: dict[str, tuple[str, Any]] = {}
    for name, function in signatures.items():
        (given,) = function.input_signature
        if given.dtype == tf.string:
            found[name] = given.name, [tf.io.encode_png(np.full((*size, 1), 128, np.uint8)).numpy()]
        else:
            found[name] = given.name, np.full((1, *size, given.shape[-1]), 128, np.uint8)
    return found


def _write_card(folder: Path, run: Run, description: runs.Description) -> None:
    instance = description.train.task == "instance"
    card = {
        "dentalx": __version__,
        "classes": list(description.classes),
        "image_size": list(description.train.model.image_size),
        "task": description.train.task,
        "thresholds": list(runs.thresholds(run, description)),
        "threshold": runs.threshold(run) if instance or len(description.classes) == 1 else None,
        "disclaimer": DISCLAIMER,
    }
    if description.train.enhance:
        card |= {"input": hint(run), "enhance": to_json(description.train.enhance)}
    extra = folder / "assets.extra"
    extra.mkdir(exist_ok=True)
    (extra / "dentalx.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    if not instance:
        own = card_of(run, description, folder, "saved_model", "fp32").as_json()
        write_json(folder / NAME, {**own, "dentalx": __version__, "disclaimer": DISCLAIMER})


def _check(model: Any, function: Any, size: tuple[int, int]) -> None:
    height, width = size[0] + 7, size[1] // 2 + 5
    signature = model.signatures["serving_default"]
    ((name, spec),) = signature.structured_input_signature[1].items()
    noise = np.random.default_rng(0).integers(0, 256, (1, height, width, spec.shape[-1]), dtype=np.uint8)
    found, expected = signature(**{name: tf.constant(noise)}), function(noise)
    difference = max(float(np.abs(found[key] - expected[key]).max()) for key in expected)
    if not difference <= TOLERANCE:
        raise InputError(f"the written SavedModel differs from the network by {difference:.2g}; it was not kept")
