"""Phantoms as a data set: drawn when asked for, or written to disk as image/mask folders or as COCO."""

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx.covering import Canvas
from dentalx.errors import InputError
from dentalx.files import replacing, write_text
from dentalx.geometry import box_to_coco, mask_box, rle_encode
from dentalx.labelling import EXCLUSIVE, Labelling
from dentalx.phantom import CLASSES, FINDINGS, Phantom, PhantomConfig, draw
from dentalx.phantom.teeth import FDI, PRIMARY
from dentalx.samples import Record, Sample

Progress = Callable[[int, int], None]  # done, of how many

DEFAULT_CLASSES = ("teeth",)

# Names people try, and what they find; the nearest letters alone would mislead them.
_SYNONYMS = {"jaw": "mandible", "tooth": "teeth", "cavity": "caries", "decay": "caries", "sinus": "maxillary_sinus"}


def _image_id(index: int) -> str:
    return f"phantom_{index:05d}"


def check_classes(classes: Sequence[str]) -> tuple[str, ...]:
    """The classes as a tuple; `DEFAULT_CLASSES` for none.

    Raises:
        InputError: one is unknown, or given twice; lists the known ones, nearest first.

    >>> check_classes(["teeth", "mandible"])
    ('teeth', 'mandible')
    """
    classes = tuple(classes) or DEFAULT_CLASSES
    if len(set(classes)) != len(classes):
        raise InputError(f"a phantom class is given twice in {', '.join(classes)}; name each once")
    for name in classes:
        if name not in CLASSES:
            near = _SYNONYMS.get(name.lower())
            nearest = [near] if near else difflib.get_close_matches(name, CLASSES, 3, 0.5)
            known = [
                *nearest,
                *(n for n in CLASSES if n not in nearest and not n.startswith("tooth_")),
                "tooth_11 … tooth_48",
            ]
            hint = f"did you mean {nearest[0]!r}? " if nearest else ""
            raise InputError(f"unknown phantom class {name!r}; {hint}known are {', '.join(known)}")
    return classes


@dataclass(frozen=True)
class PhantomSource:
    """Phantoms `0 … count - 1` of the series `seed`, as a `dentalx.samples.Source`.

    Attributes:
        count: how many, at least 1.
        seed: of the series.
        size: (H, W) in pixels.
        classes: names out of `dentalx.phantom.CLASSES`; none means `DEFAULT_CLASSES`.
        config: how often things occur.
        labelling: what the values of the masks mean.

    Raises:
        InputError: a class is unknown, or there are no phantoms to draw.
    """

    count: int
    seed: int = 0
    size: tuple[int, int] = (256, 512)
    classes: tuple[str, ...] = DEFAULT_CLASSES
    config: PhantomConfig = field(default=PhantomConfig())
    labelling: Labelling = EXCLUSIVE

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", check_classes(self.classes))
        if self.count < 1:
            raise InputError(f"phantoms must be at least 1, got {self.count}")
        if self.seed < 0:
            raise InputError(f"the phantoms' seed must not be negative, got {self.seed}")
        if min(self.size) < 16:
            raise InputError(f"phantoms must be at least 16×16 pixels, got {self.size[0]}×{self.size[1]}")

    @property
    def name(self) -> str:
        return f"phantoms (seed {self.seed})"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("the pictures are synthetic phantoms; scores on them say nothing about patients",)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return tuple(Record(_image_id(i), _image_id(i)) for i in range(self.count))

    def phantom(self, record: Record) -> Phantom:
        """The whole phantom behind a record, with every structure and finding.

        Raises:
            InputError: the record is not one of this source's.
        """
        number = record.image_id.removeprefix("phantom_")
        if not number.isdecimal() or int(number) >= self.count or _image_id(int(number)) != record.image_id:
            raise InputError(f"{record.image_id} is not one of the {self.count} phantoms of this source")
        return draw(self.seed, int(number), self.size, config=self.config)

    def load(self, record: Record) -> Sample:
        phantom = self.phantom(record)
        canvas = Canvas(phantom.image.shape, self.labelling, len(self.classes))
        for k, name in enumerate(self.classes, start=1):
            canvas.put(phantom.plane(name), k)
        cover = replace(canvas.cover(), objects={})  # a class of a phantom is one plane
        return Sample(record.image_id, phantom.image, canvas.mask, cover=cover)


def _write_png(path: Path, pixels: NDArray[np.uint8], palette: Sequence[int] | None = None) -> None:
    picture = Image.fromarray(pixels)
    if palette is not None:
        picture.putpalette(list(palette))
    with replacing(path) as temporary:
        picture.save(temporary, "PNG")


def _eight_bit(phantom: Phantom) -> NDArray[np.uint8]:
    return np.rint(phantom.image * 255).astype(np.uint8)


def _palette(classes: int) -> list[int]:
    """Black, then well separated colours: hues a golden angle apart."""
    hues = (np.arange(classes) * 137.508 % 360 / 2).astype(np.uint8)
    hsv = np.stack([hues, np.full(classes, 190, np.uint8), np.full(classes, 255, np.uint8)], 1)[None]
    return [0, 0, 0, *cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).ravel().tolist()] if classes else [0, 0, 0]


def write_folders(output: Path, source: PhantomSource, progress: Progress | None = None) -> None:
    """Write `images/NAME.png` and, for each class, `CLASS/NAME.png` (0 or 255).

    Several classes get `masks/NAME.png` too: the class's index (1…K, later classes over earlier ones) with a
    palette, and `masks/classes.json` with the names. Each file is whole or absent, so a run that was
    interrupted can simply be repeated.

    Raises:
        InputError: the folder cannot be written.
    """
    if len(source.classes) > 1:
        write_text(output / "masks" / "classes.json", json.dumps(["background", *source.classes], indent=2) + "\n")
    for done, record in enumerate(source.records, start=1):
        phantom, name = source.phantom(record), f"{record.image_id}.png"
        _write_png(output / "images" / name, _eight_bit(phantom))
        for each in source.classes:
            _write_png(output / each / name, phantom.plane(each).astype(np.uint8) * np.uint8(255))
        if len(source.classes) > 1:
            _write_png(
                output / "masks" / name, phantom.mask(source.classes).astype(np.uint8), _palette(len(source.classes))
            )
        if progress is not None:
            progress(done, source.count)


def coco_categories(primary: bool = False) -> list[dict[str, Any]]:
    """COCO's category list: teeth under their FDI numbers, milk teeth where asked, then the findings from 101 on.

    >>> [c["name"] for c in coco_categories()][:2], coco_categories()[-1]["id"]
    (['11', '12'], 107)
    """
    teeth = [{"id": fdi, "name": str(fdi), "supercategory": "tooth"} for fdi in FDI + PRIMARY * primary]
    findings = [{"id": 101 + i, "name": name, "supercategory": "finding"} for i, name in enumerate(FINDINGS)]
    return teeth + findings


def _pieces(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """The 8-connected parts of a mask."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [labels == i for i in range(1, count)]


def _annotation(number: int, image: int, category: int, mask: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "segmentation": {"size": list(mask.shape), "counts": rle_encode(mask)},
        "bbox": box_to_coco(mask_box(mask)),
        "area": int(mask.sum()),
        "iscrowd": 0,
    }


def _annotations(phantom: Phantom, image: int, first: int) -> list[dict[str, Any]]:
    """One annotation a tooth and one for each connected part of a finding."""
    found = list(zip(phantom.teeth.labels.tolist(), phantom.teeth.masks, strict=True))
    for offset, name in enumerate(FINDINGS):
        found += [(101 + offset, piece) for piece in _pieces(phantom.findings[name])]
    return [_annotation(first + i, image, category, mask) for i, (category, mask) in enumerate(found)]


def write_coco(output: Path, source: PhantomSource, progress: Progress | None = None) -> None:
    """Write `images/NAME.png` and `annotations.json` with every tooth and finding, masks as exact run lengths.

    The run lengths are COCO's uncompressed ones (`pycocotools` reads them through `annToMask`). The source's
    classes play no part. `annotations.json` is written last: while it is absent the set is not finished.

    Raises:
        InputError: the folder cannot be written.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, record in enumerate(source.records, start=1):
        phantom, name = source.phantom(record), f"{record.image_id}.png"
        _write_png(output / "images" / name, _eight_bit(phantom))
        height, width = source.size
        images.append({"id": number, "file_name": name, "height": height, "width": width})
        annotations += _annotations(phantom, number, len(annotations) + 1)
        if progress is not None:
            progress(number, source.count)
    info = {"description": "dentalx phantoms: synthetic, not patients", "seed": source.seed}
    categories = coco_categories(primary=any(each["category_id"] in PRIMARY for each in annotations))
    content = {"info": info, "images": images, "annotations": annotations, "categories": categories}
    write_text(output / "annotations.json", json.dumps(content, separators=(",", ":")) + "\n")
