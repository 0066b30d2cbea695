"""`export`: a run's network as the file of another library, tried on pictures, and put in place only if it agrees."""

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalx import DISCLAIMER, __version__, runs
from dentalx.errors import InputError
from dentalx.export import pictures as chosen
from dentalx.export.cards import card_of, keep_seen
from dentalx.export.check import Check, asked_of, compare
from dentalx.export.convert import CONVERTERS, OPSET, whole
from dentalx.export.saved_model import write_saved_model
from dentalx.export.staging import staged
from dentalx.files import write_json
from dentalx.models import load_parts
from dentalx.models.segmenter import Part, mean_probabilities
from dentalx.runs import Description, Run
from dentalx.runtimes import Digits, Exported, Kind, network
from dentalx.runtimes.card import FILES, NAME, SEEN
from dentalx.runtimes.tensorflow import FunctionNetwork

LIBRARIES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "openvino", "ai-edge-litert")


@dataclass(frozen=True)
class Wishes:
    """What is to be exported.

    Attributes:
        kind: for which library.
        precision: fp32, fp16 or int8.
        check: a folder of pictures to try it on; None for the run's validation pictures.
        calibrate: a folder of pictures that int8 takes its ranges from; None for the run's training pictures.
        disagreement: share of pixels that may be given another class; None for the precision's own.
    """

    kind: Kind = "saved_model"
    precision: Digits = "fp32"
    check: Path | None = None
    calibrate: Path | None = None
    disagreement: float | None = None

    def __post_init__(self) -> None:
        if self.kind == "saved_model" and self.precision != "fp32":
            raise InputError(f"saved_model has no --precision {self.precision}; choose litert, onnx or openvino")
        if self.calibrate is not None and self.precision != "int8":
            raise InputError("--calibrate is for --precision int8; leave it out")
        if self.disagreement is not None and not 0 <= self.disagreement <= 1:
            raise InputError(f"--tolerance is a share of pixels, 0…1, got {self.disagreement}")


@dataclass(frozen=True)
class Written:
    """What was exported.

    Attributes:
        exported: where it is.
        check: how it agrees with the run.
        pictures: on which, in words.
        size: bytes on disk.
        warnings: one sentence each.
    """

    exported: Exported
    check: Check
    pictures: str
    size: int
    warnings: tuple[str, ...]


def folder_of(run: Run, wishes: Wishes) -> Path:
    """Where an export goes unless told otherwise."""
    if wishes.kind == "saved_model":
        return run.saved_model
    return run.folder / "exports" / f"{wishes.kind}-{wishes.precision}"


def export_network(run: Run, wishes: Wishes, output: Path | None = None) -> Written:
    """Convert, try, and put in place what `wishes` asks for; an export that disagrees is not kept.

    Raises:
        InputError: not a run folder, one that cannot be had in this format, a missing library, no room, or the
            export disagrees with the run.
    """
    description = runs.describe(run)
    if description.train.task == "instance":
        raise InputError(
            f"--format {wishes.kind} cannot hold a Mask R-CNN, whose boxes are chosen one after the other; "
            "export it with --format saved_model"
        )
    output = output or folder_of(run, wishes)
    _refuse_strangers(output)
    what = "the SavedModel" if wishes.kind == "saved_model" else f"the {wishes.kind} export"
    with staged(output, what) as folder:
        written = _made(run, description, wishes, folder)
    return Written(
        Exported(output, written.exported.card), written.check, written.pictures, written.size, written.warnings
    )


def _refuse_strangers(output: Path) -> None:
    """Refuse to replace a folder that holds anything but an export.

    Raises:
        InputError: it does.
    """
    known = {
        NAME,
        SEEN,
        "assets",
        "assets.extra",
        "fingerprint.pb",
        "variables",
        *(n for names in FILES.values() for n in names),
    }
    if output.exists() and (not output.is_dir() or {path.name for path in output.iterdir()} - known):
        raise InputError(f"{output} holds something else than an export; give another --output")


def _made(run: Run, description: Description, wishes: Wishes, folder: Path) -> Written:
    """Everything in a temporary folder."""
    warnings = []
    parts, overlapping = load_parts(run), description.train.data.overlapping
    if wishes.kind == "saved_model":
        write_saved_model(run, description, folder, parts)
        function, size = _any_size(parts, overlapping), description.train.model.image_size
    else:
        folder.mkdir()
        function, size = whole(parts, overlapping)
        seen = []
        if wishes.precision == "int8":
            taken = chosen.choose(run, description, wishes.calibrate, "train", chosen.CALIBRATION)
            seen = chosen.shown(taken, description)
            if not taken.real:
                warnings.append(f"int8 was calibrated on {taken.what}, not on radiographs; give some with --calibrate")
        keep_seen(run, folder)
        CONVERTERS[wishes.kind](function, size, folder / FILES[wishes.kind][0], wishes.precision, seen)
    exported = Exported(folder, card_of(run, description, folder, wishes.kind, wishes.precision))
    shown = chosen.choose(run, description, wishes.check, "val", chosen.MOST_CHECKED)
    if not shown.real:
        warnings.append(f"it was tried on {shown.what}, not on radiographs; give some with --check")
    check = compare(FunctionNetwork(function, size), network(exported), shown, asked_of(exported))
    if complaint := check.complaint(wishes.precision, wishes.disagreement):
        raise InputError(f"the {wishes.kind} export in {wishes.precision} was not kept: {complaint} ({shown.what})")
    bytes_on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    written = Written(exported, check, shown.what, bytes_on_disk, tuple(warnings))
    write_json(folder / NAME, {**exported.card.as_json(), **_about(written)})
    return written


def _any_size(parts: Sequence[Part], overlapping: bool) -> Callable[[Any], Any]:
    """What a SavedModel says, before it is written: several networks may each see their own size."""
    networks, sizes = [network for network, _ in parts], [size for _, size in parts]
    return lambda image: mean_probabilities(networks, image, sizes, overlapping)


def _about(written: Written) -> dict[str, Any]:
    """What people want to know of it, beside the card."""
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "dentalx": __version__,
        "opset": OPSET if written.exported.card.kind == "onnx" else None,
        "bytes": written.size,
        "check": {"on": written.pictures, **written.check.as_json()},
        "warnings": list(written.warnings),
        "versions": versions,
        "disclaimer": DISCLAIMER,
    }
