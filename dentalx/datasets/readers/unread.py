"""Annotations that are not read: what they are, and the way out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dentalx.datasets.readers.keys import mentions
from dentalx.datasets.readers.listing import Listing
from dentalx.datasets.sniff import beginning

_LOOKED = 2**16  # bytes of a file's beginning
_COCO = "export COCO with segmentations"
_UNPACK = "unpack it"


@dataclass(frozen=True)
class _Kind:
    """A kind of file that is not read.

    Attributes:
        suffixes: how the files' names end, in small letters.
        what: what they are.
        instead: what the user can do.
        shows: what tells them from others of that suffix.
    """

    suffixes: tuple[str, ...]
    what: str
    instead: str
    shows: Callable[[Path, frozenset[str]], bool] = lambda path, marks: True


def _header(*words: str) -> Callable[[Path, frozenset[str]], bool]:
    """Whether a table's first line has these columns."""

    def shows(path: Path, _: frozenset[str]) -> bool:
        first = beginning(path, 4096).decode("utf-8", "replace").splitlines()[:1]
        cells = set(re.split(r"[,;\t]", first[0].lower().replace('"', ""))) if first else set()
        return set(words) <= {cell.strip().lstrip("#\ufeff") for cell in cells}

    return shows


def _has(*words: str) -> Callable[[Path, frozenset[str]], bool]:
    return lambda path, _: mentions(path, *words, most=_LOOKED)


def _marks(*keys: str) -> Callable[[Path, frozenset[str]], bool]:
    return lambda _, marks: marks >= set(keys)


_KINDS = (
    _Kind((".csv",), "VIA's table", "export JSON from VIA", _header("filename", "region_shape_attributes")),
    _Kind((".csv",), "a table of boxes", "export COCO", _header("filename", "xmin", "ymin", "xmax")),
    _Kind((".csv",), "Kaggle's run lengths", "convert them to COCO", _header("encodedpixels")),
    _Kind((".ndjson", ".jsonl", ".json"), "Labelbox's export of today", _COCO, _has('"data_row"')),
    _Kind((".xml",), "CVAT's format for video", "export 'CVAT for images 1.1'", _has("<annotations", "<track ")),
    _Kind((".json",), "COCO's panoptic format", "take the file of instances", _marks("segments_info")),
    _Kind((".json",), "GeoJSON, as QuPath exports it", _COCO, _marks("features", "geometry")),
    _Kind((".json",), "CreateML's boxes", _COCO, _marks("coordinates", "annotations")),
    _Kind((".json",), "V7 Darwin's format", _COCO, _marks("bounding_box", "annotations")),
    _Kind((".json",), "Datumaro's format", _COCO, _marks("items", "categories")),
    _Kind((".json",), "COCO results, which are predictions", "take the file of instances", _marks("image_id", "score")),
    _Kind((".tfrecord", ".tfrecords", ".record"), "TensorFlow's records", _COCO),
    _Kind((".parquet", ".arrow"), "a table of Hugging Face", "save the images and masks as files"),
    _Kind((".nii", ".gz", ".nrrd", ".mha"), "volumes", "save images and masks as PNG"),
    _Kind((".mat", ".npy", ".npz", ".h5", ".hdf5"), "arrays", "save images and masks as PNG"),
    _Kind((".webp", ".gif", ".jp2", ".heic", ".heif", ".avif", ".jxl"), "images that are not read", "save them as PNG"),
    _Kind((".mp4", ".avi", ".mov", ".mkv", ".webm"), "videos", "save their frames and masks as PNG"),
    _Kind((".roi",), "ImageJ's regions", "save masks as PNG"),
    _Kind((".zip", ".tar", ".tgz", ".7z", ".rar"), "an archive", _UNPACK),
)  # fmt: skip


def unread(listing: Listing) -> list[str]:
    """What lies in a folder that looks like annotations and is not read, a phrase a kind, with the way out."""
    found: Mapping[_Kind, list[Path]] = {kind: [] for kind in _KINDS}
    for path in listing.files:
        suffix = path.suffix.lower()
        kinds = [kind for kind in _KINDS if suffix in kind.suffixes]
        marks = listing.marks(path) if kinds and suffix == ".json" else frozenset[str]()
        kind = next((kind for kind in kinds if kind.shows(path, marks)), None)
        if kind is not None:
            found[kind].append(path)
    return [
        f"{paths[0].relative_to(listing.root)}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''} "
        f"({kind.what}; {kind.instead})"
        for kind, paths in found.items()
        if paths
    ]
