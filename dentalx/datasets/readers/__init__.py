"""Which format a data folder is in, and its reader."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dentalx.config import DataConfig
from dentalx.datasets import folders, refuse_names
from dentalx.datasets.mask_source import MaskSet, MaskSource, MaskWishes
from dentalx.datasets.naming import Reading
from dentalx.datasets.overlapping import OverlappingMasks, open_overlapping
from dentalx.datasets.passed_over import other_files
from dentalx.datasets.readers import (
    coco,
    cvat,
    cvat_masks,
    dentex,
    label_studio,
    labelbox,
    labelme,
    nnunet,
    object_masks,
    published,
    roboflow_masks,
    supervisely,
    via,
    voc,
    yolo,
)
from dentalx.datasets.readers.annotated import AnnotatedSource
from dentalx.datasets.readers.listing import Listing, shortened, unnamed
from dentalx.datasets.readers.names import renamed
from dentalx.datasets.readers.objects import Annotated
from dentalx.datasets.readers.sift import without_boxes
from dentalx.datasets.readers.unread import unread
from dentalx.errors import InputError
from dentalx.labelling import labelling_of
from dentalx.samples import Source

_SHOWN = 12


@dataclass(frozen=True)
class Format:
    """A format of annotations: what shows it, how it is read, and what is looked for."""

    recognises: Callable[[Listing], str | None]
    read: Callable[[Listing], Annotated]
    sought: str


OBJECT_MASKS = "object-masks"
FORMATS = {
    "coco": Format(coco.recognises, coco.read, "COCO JSON"),
    "dentex-quadrant": Format(partial(dentex.recognises, tier=1), partial(dentex.read, tier=1), "DENTEX"),
    "dentex-enumeration": Format(partial(dentex.recognises, tier=2), partial(dentex.read, tier=2), "DENTEX"),
    "dentex-disease": Format(partial(dentex.recognises, tier=3), partial(dentex.read, tier=3), "DENTEX"),
    "labelme": Format(labelme.recognises, labelme.read, "LabelMe JSON"),
    "via": Format(via.recognises, via.read, "VIA JSON"),
    "cvat": Format(cvat.recognises, cvat.read, "CVAT XML"),
    "supervisely": Format(supervisely.recognises, supervisely.read, "Supervisely JSON"),
    "label-studio": Format(label_studio.recognises, label_studio.read, "Label Studio's JSON"),
    "voc": Format(voc.recognises, voc.read, "Pascal VOC XML"),
    "labelbox": Format(labelbox.recognises, labelbox.read, "Labelbox JSON (Tufts)"),
    "yolo": Format(yolo.recognises, yolo.read, "YOLO's data.yaml or text files"),
    OBJECT_MASKS: Format(object_masks.recognises, object_masks.read, "a mask file for each object"),
}


def _published(name: str, listing: Listing, config: DataConfig) -> MaskSet:
    return published.read(listing, name, config)


@dataclass(frozen=True)
class MaskFormat:
    """A layout of mask files: what shows it, how it is read, and what is looked for."""

    recognises: Callable[[Listing], str | None]
    read: Callable[[Listing, DataConfig], MaskSet]
    sought: str


MASK_FORMATS = {
    "roboflow-masks": MaskFormat(
        roboflow_masks.recognises, lambda listing, _: roboflow_masks.read(listing), "Roboflow's _classes.csv"
    ),
    "cvat-masks": MaskFormat(cvat_masks.recognises, lambda listing, _: cvat_masks.read(listing), "CVAT's labelmap.txt"),
    "nnunet": MaskFormat(nnunet.recognises, nnunet.read, "nnU-Net's imagesTr"),
} | {
    name: MaskFormat(partial(published.recognises, name=name), partial(_published, name), "public sets")
    for name in published.SETS
}
NAMES = ("auto", "folders", *MASK_FORMATS, *FORMATS)


def open_data(data: Path, config: DataConfig, keep_bad: bool = False) -> Source:
    """The data set of one folder, in the format that `config.layout` names or the folder shows.

    Broken pictures stop it, or are kept for `load` to refuse.

    Raises:
        InputError: the format is unknown, none or several fit, or the data are broken.
    """
    if config.layout not in NAMES:
        raise InputError(f"--format {config.layout} is unknown; use {', '.join(NAMES)}")
    listing = None if config.layout == "folders" else Listing(data)
    layout, why = config.layout, "as --format says"
    if listing and layout == "auto":
        layout, why = _recognised(data, listing, config)
    source = _opened(data, listing, layout, config, keep_bad)
    if isinstance(source, OverlappingMasks):
        return source
    source.labelling = labelling_of(config.overlapping)
    source.layout = f"{layout}: {why}"
    return source


def _opened(
    data: Path, listing: Listing | None, layout: str, config: DataConfig, keep_bad: bool
) -> MaskSource | AnnotatedSource | OverlappingMasks:
    """The data set as `layout`; with no listing, as folders."""
    if listing is None or layout == "folders":
        refuse_names(config)
        given = data, config.classes, Reading.of(config, keep_bad), MaskWishes.of(config)
        return (config.overlapping and open_overlapping(*given)) or folders.open_folder(*given)
    if layout in MASK_FORMATS:
        refuse_names(config)
        masks = MASK_FORMATS[layout].read(listing, config)
        masks = replace(masks, notes=(*masks.notes, *other_files(data)))
        return MaskSource(masks, config.classes, Reading.of(config, keep_bad), MaskWishes.of(config))
    found = object_masks.with_name(_with_unnamed(FORMATS[layout].read(listing), listing), config.classes)
    found = renamed(found, config.aliases, config.tooth_numbers)
    if config.boxes == "leave-out":
        found = without_boxes(found)
    return AnnotatedSource(found, config.classes, Reading.of(config, keep_bad), data.resolve().name)


def _with_unnamed(found: Annotated, listing: Listing) -> Annotated:
    """The same, and a note on pictures that lie beside the annotated ones and are in no annotation."""
    found = replace(found, notes=(*found.notes, *listing.remarks()))
    found = replace(found, notes=(*found.notes, *other_files(listing.root)))
    told, files = " ".join(found.notes), set(found.files)
    lonely = [path for path in unnamed(listing, (p.path for p in found.pictures)) if path not in files]
    names = [path.name for path in lonely if path.name not in told]
    if not names:
        return found
    note = f"{len(names)} picture(s) that no annotation names, left out: {shortened(names)}"
    return replace(found, notes=(*found.notes, note))


def _recognised(data: Path, listing: Listing, config: DataConfig) -> tuple[str, str]:
    """The name of the layout, and what showed it."""
    masks = {name: why for name, each in MASK_FORMATS.items() if (why := each.recognises(listing))}
    annotated = {name: each for name, each in FORMATS.items() if name != OBJECT_MASKS}
    shown = masks | {name: why for name, each in annotated.items() if (why := each.recognises(listing))}
    if not masks and (why := object_masks.recognises(listing, class_folders=not config.overlapping)):
        shown[OBJECT_MASKS] = why
    elif not masks and folders.recognises(data, config.classes):
        shown["folders"] = "it has folders of pictures and of masks"
    if len(shown) > 1:
        told = "; ".join(f"--format {name} ({why})" for name, why in shown.items())
        raise InputError(f"{data} can be read in {len(shown)} ways; choose one: {told}")
    if not shown and (why := yolo.recognises_unnamed(listing)):
        shown["yolo"] = why
    if not shown and (others := unread(listing)):
        raise InputError(f"{data} is in no layout that is read; it holds {'; '.join(others[:_SHOWN])}")
    if not shown and listing.files and not folders.has_images(data):
        inside = sorted({path.relative_to(data).parts[0] for path in listing.files})
        sought = [*(each.sought for each in FORMATS.values()), *(each.sought for each in MASK_FORMATS.values())]
        formats = ", ".join(dict.fromkeys(sought))
        raise InputError(
            f"{data} is in no layout that is known: looked for folders of images and masks, {formats}; "
            f"found {', '.join(inside[:_SHOWN])}{' …' if len(inside) > _SHOWN else ''}; give --images and --masks"
        )
    return next(iter(shown.items()), ("folders", "nothing else fits"))
