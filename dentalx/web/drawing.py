"""The picture with what was found on it: for the page, and as files to take away."""

import importlib.util
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dentalx import DISCLAIMER, __version__, overlay
from dentalx.datasets.mask_writing import mask_image
from dentalx.datasets.readers.raster import compress
from dentalx.errors import InputError
from dentalx.geometry import box_to_coco, mask_box
from dentalx.samples import Instances
from dentalx.web.looked import Looked, View, small

if TYPE_CHECKING:
    from dentalx.inference.instances import Found

SHOWN_PX = 1400  # longer side of a radiograph with its outlines drawn into it
GRID_PX = 2048  # longer side of the radiograph on the page, and of the grid that its outlines are drawn on
_QUALITY = 90


def radiograph(looked: Looked) -> bytes:
    """The radiograph as it is, as a grey JPEG of at most `GRID_PX`."""
    grey = looked.picture.grey
    size = small(grey, GRID_PX)
    reduced = grey if size == grey.shape else cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    return _jpeg(np.round(reduced.clip(0, 1) * 255).astype(np.uint8))


def shown(looked: Looked, view: View, opacity: float) -> bytes:
    """The radiograph as a JPEG of at most `SHOWN_PX`, with outlines drawn into it at that size."""
    grey = looked.picture.grey
    size = small(grey, SHOWN_PX)
    if size == grey.shape:
        return _jpeg(_drawn(looked, view, opacity))
    rows, columns = (middles(n, whole) for n, whole in zip(size, grey.shape, strict=True))
    picture = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA)
    found = None if view.found is None else _at(view.found, rows, columns)
    reduced = replace(view, mask=view.mask[np.ix_(rows, columns)], found=found)
    return _jpeg(_paint(picture, looked, reduced, opacity))


def overlay_png(looked: Looked, view: View, opacity: float) -> bytes:
    """The picture with its outlines, at its own size."""
    return overlay.encode(_drawn(looked, view, opacity))


def mask_png(looked: Looked, view: View, opacity: float) -> bytes:
    """The mask as `predict` writes it: 0 and 255 for one class, else the index with a palette."""
    file = io.BytesIO()
    mask_image(view.mask, looked.card.classes).save(file, "PNG", compress_level=3)
    return file.getvalue()


def masks_zip(looked: Looked, view: View, opacity: float) -> bytes:
    """The masks of overlapping classes, 0 and 255, a file each, called by the class's number and name."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for k, name in enumerate(looked.card.classes, start=1):
            image = Image.fromarray(view.labelling.of_class(view.mask, k).astype(np.uint8) * np.uint8(255))
            plain = re.sub(r"[^\w .-]", "_", name)
            file = io.BytesIO()
            image.save(file, "PNG", compress_level=3)
            archive.writestr(zipfile.ZipInfo(f"{k}-{plain}.png"), file.getvalue())
    return data.getvalue()


def coco_json(looked: Looked, view: View, opacity: float) -> bytes:
    """The objects as a COCO file of one picture; the picture's name is not in it."""
    from dentalx.inference.objects import categories

    height, width = looked.picture.grey.shape
    annotations = [{"id": n, "image_id": 1, **each} for n, each in enumerate(objects(looked, view), start=1)]
    content = {
        "info": {"description": f"found by dentalx {__version__}, run {looked.card.name}", "disclaimer": DISCLAIMER},
        "licenses": [],
        "categories": categories(looked.card.classes),
        "images": [{"id": 1, "file_name": "picture.png", "height": height, "width": width}],
        "annotations": annotations,
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()


def objects(looked: Looked, view: View) -> list[dict[str, Any]]:
    """What was found as COCO's annotations, without ids: each object; of a run of masks, the whole of each class."""
    if view.found is not None:
        from dentalx.inference.objects import annotation

        return [annotation(view.found, index) for index in range(len(view.found.instances))]
    found = []
    for k, row in enumerate(view.rows, start=1):
        if row.area_px:
            plane = view.labelling.of_class(view.mask, k)
            found.append(
                {
                    "category_id": k,
                    "score": round(row.confidence or 0.0, 4),
                    "segmentation": {"size": list(plane.shape), "counts": compress(plane)},
                    "bbox": box_to_coco(mask_box(plane)),
                    "area": row.area_px,
                    "iscrowd": 0,
                }
            )
    return found


def segmentation_dcm(looked: Looked, view: View, opacity: float) -> bytes:
    """The mask as a DICOM segmentation, which repeats patient and study of the file that it belongs to.

    Raises:
        InputError: the file's header does not allow one.
    """
    from dentalx.datasets.writers import dicom_seg

    with tempfile.TemporaryDirectory(prefix="dentalx-") as name:  # this user's alone
        source, target = Path(name) / "source.dcm", Path(name) / "segmentation.dcm"
        source.write_bytes(looked.picture.dicom or b"")
        made_by = dicom_seg.MadeBy(looked.card.classes, looked.card.name, "binary", view.labelling)
        try:
            dicom_seg.write_segmentation(target, dicom_seg.read_source(source), view.mask, made_by)
        except InputError as error:
            raise InputError("the file's header does not allow a DICOM segmentation; take the mask") from error
        return target.read_bytes()


def _is_dicom(looked: Looked) -> bool:
    return looked.picture.dicom is not None and importlib.util.find_spec("highdicom") is not None


@dataclass(frozen=True)
class Download:
    """A file to take away.

    Attributes:
        name: of the file; never the picture's.
        label: on the button.
        media: its type.
        make: from what was kept, what is seen of it and the opacity, to the file.
        offered: for which results.
    """

    name: str
    label: str
    media: str
    make: Callable[[Looked, View, float], bytes]
    offered: Callable[[Looked], bool] = lambda looked: True


DOWNLOADS = {
    each.name: each
    for each in (
        Download("mask.png", "Mask", "image/png", mask_png, lambda looked: not looked.card.thresholds),
        Download("masks.zip", "Masks", "application/zip", masks_zip, lambda looked: bool(looked.card.thresholds)),
        Download("overlay.png", "Overlay", "image/png", overlay_png),
        Download("objects.json", "COCO", "application/json", coco_json),
        Download("segmentation.dcm", "DICOM SEG", "application/dicom", segmentation_dcm, _is_dicom),
    )
}


def _drawn(looked: Looked, view: View, opacity: float) -> NDArray[np.uint8]:
    return _paint(looked.picture.grey, looked, view, opacity)


def _paint(grey: NDArray[np.float32], looked: Looked, view: View, opacity: float) -> NDArray[np.uint8]:
    classes = looked.card.classes
    if view.found is None:
        return overlay.overlay(grey, view.mask, classes, opacity, labelling=view.labelling)
    from dentalx.inference.objects import names

    return overlay.outlined(grey, view.found.instances, classes, names(view.found, classes), opacity)


def middles(count: int, whole: int) -> NDArray[np.intp]:
    """Which of `whole` pixels lie in the middle of each of `count` equal parts.

    >>> middles(2, 8).tolist()
    [2, 6]
    """
    return np.minimum(((np.arange(count) + 0.5) * whole / count).astype(np.intp), whole - 1)


def _at(found: "Found", rows: NDArray[np.intp], columns: NDArray[np.intp]) -> "Found":
    from dentalx.inference.instances import Found

    whole = found.instances
    masks = whole.masks[:, rows][:, :, columns]
    return Found(Instances(masks, whole.labels, whole.scores), found.boxes)


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()
