"""What an exported network says of itself: export.json, checked before anything is loaded."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from dentalx.config import GreyRule
from dentalx.errors import InputError
from dentalx.files import check_regular_size, file_digest, read_json
from dentalx.labelling import Labelling, labelling_of
from dentalx.recipe import EnhanceConfig, parse, written
from dentalx.samples import UNLABELLED

Kind = Literal["saved_model", "onnx", "openvino", "litert"]
Digits = Literal["fp32", "fp16", "int8"]
NAME = "export.json"
SEEN = "seen.json"  # statistics of the training pictures, as the run has them; not where the run has none
VERSION = 1
FILES: dict[str, tuple[str, ...]] = {
    "saved_model": ("saved_model.pb",),
    "onnx": ("model.onnx",),
    "openvino": ("model.xml", "model.bin"),
    "litert": ("model.tflite",),
}
MOST_BYTES = 2**31 - 1
MOST_CARD_BYTES = 2**22
MOST_CLASSES = UNLABELLED - 1
_NAME_CHARACTERS = 200


@dataclass(frozen=True)
class Card:
    """An exported network, as whoever runs it must know it.

    Attributes:
        kind: which library runs it.
        precision: fp32, fp16 (weights of half size) or int8.
        name: of the run.
        classes: the K class names.
        size: (H, W) that pictures are letterboxed to.
        threshold: the probability from which a pixel counts; only for K = 1.
        grey: the rule by which DICOM is to be read.
        enhance: what is done to a picture first.
        weights: SHA-256 of the weights that it was made from.
        digests: SHA-256 of each of its files.
        thresholds: K, of classes that overlap; none where they exclude each other.
    """

    kind: Kind
    precision: Digits
    name: str
    classes: tuple[str, ...]
    size: tuple[int, int]
    threshold: float
    grey: GreyRule
    enhance: EnhanceConfig
    weights: str
    digests: Mapping[str, str]
    thresholds: tuple[float, ...] = ()

    @property
    def labelling(self) -> Labelling:
        """What its channels mean."""
        return labelling_of(bool(self.thresholds))

    @property
    def channels(self) -> int:
        """C."""
        return self.labelling.channels(len(self.classes))

    def __post_init__(self) -> None:
        _require(self.kind in get_args(Kind), f"format {self.kind!r}")
        _require(self.precision in get_args(Digits), f"precision {self.precision!r}")
        _require(1 <= len(self.classes) <= MOST_CLASSES, f"{len(self.classes)} classes")
        for text in (*self.classes, self.name):
            _require(0 < len(text) <= _NAME_CHARACTERS and text.isprintable(), "a name that cannot be shown")
        _require(len(set(self.classes)) == len(self.classes), "classes of one name")
        _require(all(32 <= side <= 8192 for side in self.size), f"a size of {self.size}")
        _require(0 <= self.threshold <= 1, f"a threshold of {self.threshold}")
        most = self.labelling.most
        _require(len(self.thresholds) in (0, len(self.classes)), f"{len(self.thresholds)} thresholds")
        _require(len(self.classes) <= most, f"{len(self.classes)} classes, at most {most} overlap")
        _require(all(0 <= value <= 1 for value in self.thresholds), f"thresholds of {self.thresholds}")
        _require(self.grey in get_args(GreyRule), f"the grey rule {self.grey!r}")

    def as_json(self) -> dict[str, Any]:
        """For export.json; `read_card` gives it back."""
        return {
            "format_version": VERSION,
            "format": self.kind,
            "precision": self.precision,
            "run": self.name,
            "task": "semantic",
            "classes": list(self.classes),
            "image_size": list(self.size),
            "threshold": self.threshold,
            **({"thresholds": list(self.thresholds)} if self.thresholds else {}),
            "grey": self.grey,
            "enhance": written(self.enhance),
            "weights_sha256": self.weights,
            "files": dict(self.digests),
            "input": {"name": "image", "type": "uint8", "shape": ["B", *self.size, 1]},
            "output": {"name": "probability", "type": "float32", "shape": ["B", *self.size, self.channels]},
        }


@dataclass(frozen=True)
class Exported:
    """A folder with an exported network and its card."""

    folder: Path
    card: Card

    @property
    def seen(self) -> Path | None:
        """Statistics of the training pictures, where it was made with any."""
        return self.folder / SEEN if SEEN in self.card.digests else None

    @property
    def main(self) -> Path:
        """The file that its library is given."""
        return self.folder / FILES[self.card.kind][0]


def find(path: Path) -> Exported | None:
    """The export that a path means: its folder, or a file in it; None where it is something else, such as a run.

    Raises:
        InputError: it is an export whose card is missing, broken, or of other files.
    """
    suffixes = {Path(name).suffix for names in FILES.values() for name in names}
    if path.is_file() and path.suffix in suffixes:
        return read(path.parent)
    if (
        path.is_dir()
        and not (path / "config.json").exists()
        and any((path / name).is_file() for name in (NAME, *(names[0] for names in FILES.values())))
    ):
        return read(path)
    return None


def read(folder: Path) -> Exported:
    """A folder's card, after its files were compared with it.

    Raises:
        InputError: the card is missing, broken, or the files are not those that it was written with.
    """
    path = folder / NAME
    if not path.is_file():
        raise InputError(f"{folder} has no {NAME}, which says what the network beside it is; keep them together")
    exported = Exported(folder, read_card(path))
    for name in (*FILES[exported.card.kind], *((SEEN,) if SEEN in exported.card.digests else ())):
        try:
            check_regular_size(folder / name, MOST_BYTES)
        except OSError as error:
            raise InputError(f"cannot read {folder / name}: {error.strerror or error}") from error
        if file_digest(folder / name) != exported.card.digests.get(name):
            raise InputError(f"{folder / name} is not the file that {NAME} was written with; export it again")
    return exported


def read_card(path: Path) -> Card:
    """What an export.json says.

    Raises:
        InputError: missing, or not what `dentalx export` writes.
    """
    raw = read_json(path, MOST_CARD_BYTES)
    try:
        if raw["format_version"] != VERSION:
            raise InputError(f"{path} has version {raw['format_version']!r:.40}, this dentalx reads {VERSION}")
        height, width = raw["image_size"]
        return Card(
            _text(raw["format"]),  # type: ignore[arg-type]  # judged at birth
            _text(raw["precision"]),  # type: ignore[arg-type]
            _text(raw["run"]),
            tuple(_text(name) for name in raw["classes"]),
            (_integer(height), _integer(width)),
            _number(raw["threshold"]),
            _text(raw["grey"]),  # type: ignore[arg-type]
            parse(_text(raw["enhance"]).split()),
            _text(raw["weights_sha256"]),
            {_text(name): _text(value) for name, value in raw["files"].items()},
            tuple(_number(value) for value in raw.get("thresholds", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is not what export writes ({str(error)[:120]}); export the run again") from error


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(f"it has {what}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number was expected")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError("a number was expected")
    return float(value)
