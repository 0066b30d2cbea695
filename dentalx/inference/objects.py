"""A folder of pictures in; objects one by one out: a COCO file, tables, label maps and overlays."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from dentalx import DISCLAIMER, __version__, overlay
from dentalx.datasets.instances import tooth_numbers
from dentalx.datasets.mask_writing import write_mask
from dentalx.datasets.readers.raster import compress
from dentalx.datasets.writers.scene import Drawn
from dentalx.files import make_folder, replacing, write_bytes, write_text
from dentalx.foreign_text import TableWriter, table_text
from dentalx.geometry import box_to_coco
from dentalx.inference.annotations import Annotations
from dentalx.inference.folder import DEFAULTS, Made, Place, Progress, Reading, Writing, quiet, walk, within
from dentalx.inference.instances import Found, InstancePredictor, stacked
from dentalx.inference.numbering import Change
from dentalx.inference.pieces import HEAD
from dentalx.inference.renumbering import renumbered
from dentalx.inference.results import beside, label_map
from dentalx.inference.rows import NOTHING, Row
from dentalx.inference.segmentations import Segmentations
from dentalx.notes import write_notes
from dentalx.predict_config import PredictConfig
from dentalx.quality import judge_picture, judge_shapes, object_shapes
from dentalx.samples import Grey, Instances, Mask

INSTANCES, OBJECTS, NUMBERING = "instances.json", "objects.csv", "numbering.csv"


def predict_objects(
    predictor: InstancePredictor,
    pictures: Sequence[Path],
    place: Place | Path,
    config: PredictConfig = DEFAULTS,
    progress: Progress = quiet,
) -> list[Row]:
    """Find the objects of every picture and write them.

    labels/NAME.png: of each pixel the number of its object; masks/NAME.png: of each pixel its class, as for masks of
    classes; overlays/NAME.png: outlines with numbers and scores; objects.csv: a row an object; instances.json: all of
    them as a COCO file; predictions.csv: a row a picture. A bad file is listed and the rest goes on.
    With `consistent` tooth numbers are made to agree first, and numbering.csv says what was changed.

    Args and errors as `predict_folder`.
    """
    place = place if isinstance(place, Place) else Place(place)
    make_folder(place.output)
    changed: list[list[Any]] = [["file", "before", "after", "why"]]
    annotations, entries = Annotations(place.output, predictor.classes, config.to), list[dict[str, Any]]()
    segmentations = Segmentations(place.output, predictor.classes, predictor.name, config.dicom_seg)
    with listing(place.output, predictor.classes) as listed:

        def one(picture: Path, name: str, image: Grey) -> tuple[Made, Writing]:
            source = segmentations.source(picture)
            found, changes = with_pixels(predictor(image)), list[Change]()
            if config.consistent:
                found, changes = renumbered(found, predictor.classes)
            entry = entry_of(image.shape[:2], found, predictor.classes)
            entry["changes"] = [[c.before, c.after, c.why] for c in changes]
            made = Made(summarise(picture, image, found, predictor), entry)

            def write(final: Row) -> list[str]:
                files = draw(place.output, name, image, found, (predictor.classes, config, final.warnings))
                files += segmentations.write(name, source, class_mask(found), None)
                if config.to:
                    seen = within(picture, place.root)
                    more, entry["to"] = annotations.add(name, seen, image.shape[:2], painted(found), scores(found))
                    files += more
                return files

            return made, write

        def list_it(picture: Path, entry: Any) -> None:
            if entry is not None:
                entries.extend([entry["to"]] if "to" in entry else [])
                listed.add(picture, within(picture, place.root), entry)
                changed.extend([str(picture), *change] for change in entry["changes"])

        grey = config.grey or predictor.grey
        how = Reading(one, predictor.classes, grey, list_it, config.strict, predictor.colour)
        done = walk(pictures, place, how, progress)
    if config.consistent:
        write_text(place.output / NUMBERING, table_text(changed))
    for note in annotations.finish(entries) if entries else []:
        place.told(note)
    return done


def entry_of(size: tuple[int, int], found: Found, classes: Sequence[str]) -> dict[str, Any]:
    """What is listed of a picture of (H, W) pixels, the best object first, as JSON has it."""
    numbers = range(len(found.instances))
    return {
        "size": list(size),
        "annotations": [annotation(found, index) for index in numbers],
        "rows": [row(found, index, classes) for index in numbers],
    }


def summarise(picture: Path, image: Grey, found: Found, predictor: InstancePredictor) -> Row:
    """The row of predictions.csv: of each class its pixels and its objects, and the mean of all scores."""
    instances, numbers = found.instances, range(1, len(predictor.classes) + 1)
    planes = [instances.masks[instances.labels == k] for k in numbers]
    warnings = () if predictor.colour else judge_picture(image, predictor.enhance, predictor.seen)
    of_class = object_shapes(instances.masks, instances.labels, len(predictor.classes))
    warnings += judge_shapes(of_class, predictor.classes, predictor.seen)
    return Row(
        str(picture),
        "ok",
        areas=tuple(int(plane.any(0).sum()) for plane in planes),
        counts=tuple(len(plane) for plane in planes),
        pixels=image.shape[0] * image.shape[1],
        confidence=float(instances.scores.mean()) if len(instances) else None,
        warnings=warnings if len(instances) else (*warnings, NOTHING),
    )


def with_pixels(found: Found) -> Found:
    """Without the objects whose mask nowhere comes to a pixel."""
    kept = found.instances.masks.any((1, 2))
    instances = found.instances
    if kept.all():
        return found
    return Found(Instances(instances.masks[kept], instances.labels[kept], instances.scores[kept]), found.boxes[kept])


def names(found: Found, classes: Sequence[str]) -> list[str]:
    """What an overlay writes into each object: its tooth's number, where it has one, and its score."""
    of_class = tooth_numbers(tuple(classes))
    numbers = [of_class[label - 1] for label in found.instances.labels]
    scores = [f"{score:.2f}".removeprefix("0") for score in found.instances.scores]
    return [score if number is None else f"{number} {score}" for number, score in zip(numbers, scores, strict=True)]


def draw(
    output: Path, name: str, image: Grey, found: Found, how: tuple[tuple[str, ...], PredictConfig, tuple[str, ...]]
) -> list[str]:
    """Write the label map, the mask of classes and the overlay of one picture; `how` is (classes, config, warnings).

    Returns:
        the files within the output.
    """
    classes, config, warnings = how
    numbers = stacked(found.instances)
    drawn = overlay.outlined(image, found.instances, classes, names(found, classes), config.opacity)
    write_notes(drawn, warnings, numbers > 0)
    write_mask(output / "masks" / f"{name}.png", class_mask(found), classes)
    pictures = {"labels": label_map(numbers)}
    if config.side_by_side:
        pictures["side_by_side"] = beside(image, drawn)
    for folder, picture in pictures.items():
        with replacing(output / folder / f"{name}.png") as temporary:
            picture.save(temporary, compress_level=3)
    folders = ["masks", *pictures]
    if config.overlays:
        folders.append("overlays")
        write_bytes(output / "overlays" / f"{name}.png", overlay.encode(drawn))
    return [f"{folder}/{name}.png" for folder in folders]


def class_mask(found: Found) -> Mask:
    """(H, W) the class of the object at each pixel, of several the smallest."""
    of_class = np.concatenate([np.zeros(1, np.uint8), found.instances.labels.astype(np.uint8)])
    return of_class[stacked(found.instances)]


def painted(found: Found) -> Iterator[Drawn]:
    """The objects as writers of data sets take them."""
    for mask, label in zip(found.instances.masks, found.instances.labels, strict=True):
        yield Drawn(int(label), mask)


def scores(found: Found) -> list[float]:
    """Of the objects."""
    return [float(score) for score in found.instances.scores]


@dataclass
class Listing:
    """objects.csv and instances.json while they are written, picture by picture.

    Attributes:
        coco, table: the files, open.
        classes: K names.
        images: what instances.json will say of the pictures.
        count: objects written so far.
    """

    coco: TextIO
    table: TextIO
    classes: tuple[str, ...]
    images: list[dict[str, Any]]
    count: int = 0

    def add(self, picture: Path, name: str, entry: Mapping[str, Any]) -> None:
        """Write the objects of a picture that is called `name` in COCO, as `entry_of` has them."""
        height, width = entry["size"]
        self.images.append({"id": len(self.images) + 1, "file_name": name, "height": height, "width": width})
        writer = TableWriter(self.table)
        for index, (found, cells) in enumerate(zip(entry["annotations"], entry["rows"], strict=True), start=1):
            writer.writerow([str(picture), index, *cells])
            self.coco.write(",\n" if self.count else "\n")
            self.coco.write(_text({"id": self.count + 1, "image_id": len(self.images), **found}))
            self.count += 1

    def end(self) -> None:
        """Write what stands behind the objects."""
        self.coco.write(f'],\n"images":{_text(self.images)}}}\n')


@contextmanager
def listing(output: Path, classes: tuple[str, ...]) -> Iterator[Listing]:
    """The two lists of objects under `output`; when the work is broken off they hold what was done until then."""
    broken: BaseException | None = None
    with (
        replacing(output / INSTANCES) as first,
        replacing(output / OBJECTS) as second,
        first.open("w", encoding="utf-8", errors="backslashreplace") as coco,
        second.open("w", encoding="utf-8", errors="backslashreplace", newline="") as table,
    ):
        TableWriter(table).writerow(HEAD)
        info = {"description": f"found by dentalx {__version__}", "disclaimer": DISCLAIMER}
        coco.write(
            f'{{"info":{_text(info)},"licenses":[],\n"categories":{_text(categories(classes))},\n"annotations":['
        )
        listed = Listing(coco, table, classes, [])
        try:
            yield listed
        except BaseException as error:
            broken = error
        listed.end()
    if broken is not None:
        raise broken


def categories(classes: Sequence[str]) -> list[dict[str, Any]]:
    """COCO's categories, ids 1…K."""
    return [
        {"id": number, "name": name, "supercategory": name if fdi is None else "tooth"}
        for number, (name, fdi) in enumerate(zip(classes, tooth_numbers(tuple(classes)), strict=True), start=1)
    ]


def annotation(found: Found, index: int) -> dict[str, Any]:
    """One object as COCO has it, with its score; the box is the network's, the mask compressed run lengths."""
    mask = found.instances.masks[index]
    y1, x1, y2, x2 = (round(float(side), 2) for side in found.boxes[index])
    return {
        "category_id": int(found.instances.labels[index]),
        "score": round(float(found.instances.scores[index]), 4),
        "segmentation": {"size": list(mask.shape), "counts": compress(mask)},
        "bbox": [round(side, 2) for side in box_to_coco((y1, x1, y2, x2))],
        "area": int(mask.sum()),
        "iscrowd": 0,
    }


def row(found: Found, index: int, classes: Sequence[str]) -> list[str | int]:
    """One object's cells behind its picture and number, as `HEAD` names them; no centroid where it has no pixel."""
    mask, label = found.instances.masks[index], int(found.instances.labels[index])
    name, fdi = classes[label - 1], tooth_numbers(tuple(classes))[label - 1]
    places = np.argwhere(mask)
    centroid = [f"{value + 0.5:.1f}" for value in places.mean(0)] if len(places) else ["", ""]
    box = [f"{side:.1f}" for side in found.boxes[index]]
    score = f"{found.instances.scores[index]:.4f}"
    return [name, "" if fdi is None else fdi, score, len(places), *box, *centroid]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
