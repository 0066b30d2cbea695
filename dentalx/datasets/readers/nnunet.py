"""nnU-Net's folders: `imagesTr/CASE_0000.png`, `labelsTr/CASE.png`, and `dataset.json`, which names the levels.

https://github.com/MIC-DKFZ/nnUNet/blob/master/documentation/dataset_format.md; the first version writes the labels the
other way round, and the Medical Segmentation Decathlon leaves the channel out of the images' names.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dentalx.config import DataConfig
from dentalx.datasets.images import list_images
from dentalx.datasets.mask_source import MaskSet, Part
from dentalx.datasets.pairing import stem
from dentalx.datasets.readers.listing import Listing, shortened
from dentalx.datasets.readers.nnunet_labels import class_map
from dentalx.errors import InputError
from dentalx.files import read_json

_DESCRIPTION, _FOLDS = "dataset.json", "splits_final.json"
_IMAGES, _LABELS = "imagestr", "labelstr"
_TEST_IMAGES, _TEST_LABELS = "imagests", "labelsts"
_CHANNEL = re.compile(r"_(\d{4})$")
_FIRST = "_0000"
_LARGEST = 2**26  # bytes of dataset.json, which may list every case


def recognises(listing: Listing) -> str | None:
    """What makes the folder look like nnU-Net's; None where nothing does."""
    found = next(iter(_roots(listing)), None)
    if found is None:
        return None
    where = f"{found.name}/imagesTr" if found != listing.root else "imagesTr"
    return f"{where} is a folder of nnU-Net"


def read(listing: Listing, config: DataConfig) -> MaskSet:
    """The labelled cases, channel 0000 of each; those of imagesTs are the test split where labelsTs has their labels.

    Cases without labels are left out and listed; they are no negatives.

    Raises:
        InputError: there are several data sets and `--part` names none, no case has labels, or dataset.json is broken.
    """
    root = _asked(listing.root, _roots(listing), config.part)
    inside = {_folded(path.name): path for path in sorted(root.iterdir())}
    described = inside.get(_DESCRIPTION)
    about = _description(described) if described else {}
    given = class_map(about.get("labels"), described) if described and not config.class_map else None
    parts, notes = list[Part](), list[str]()
    for split, images, labels in (("train", _IMAGES, _LABELS), ("test", _TEST_IMAGES, _TEST_LABELS)):
        if images in inside and labels in inside:
            pairs, remarks = _cases(list_images(inside[images]), list_images(inside[labels]), _channels(about))
            ids = {image: (name, name) for name, (image, _) in pairs.items()}
            parts.append(Part(tuple(pairs.values()), split, given, (described,) if described else (), ids))
            notes += remarks
        elif images in inside and (unlabelled := list_images(inside[images])):
            without = _one_a_case({_folded(stem(path)): path for path in unlabelled})
            notes.append(f"{len(without)} image(s) of {inside[images].name} without labels left out: {_names(without)}")
    filled = [part for part in parts if part.pairs]
    if not filled:
        raise InputError(_nothing(root, inside))
    if len(filled) == 1:
        filled = [Part(filled[0].pairs, None, given, filled[0].files, filled[0].ids)]
    notes += [f"{_FOLDS} is not read; --splits takes a table of splits"] if _FOLDS in inside else []
    if described is None:
        notes.append(f"{root} has no {_DESCRIPTION}, which would name the classes; --class-map names them")
    return MaskSet(tuple(filled), root.resolve().name, notes=tuple(notes))


def _roots(listing: Listing) -> list[Path]:
    """The folders that hold imagesTr, and labelsTr or dataset.json beside it."""
    held: dict[Path, set[str]] = {}
    for path in listing.files:
        if path.parent != listing.root:
            held.setdefault(path.parent.parent, set()).add(_folded(path.parent.name))
        if _folded(path.name) == _DESCRIPTION:
            held.setdefault(path.parent, set()).add(_DESCRIPTION)
    return sorted(root for root, names in held.items() if _IMAGES in names and names & {_LABELS, _DESCRIPTION})


def _asked(data: Path, roots: Sequence[Path], part: str | None) -> Path:
    """The only data set, or the one that `--part` names.

    Raises:
        InputError: there is none, there are several and none is named, or the name is unknown.
    """
    if not roots:
        raise InputError(f"{data} is not nnU-Net's: looked for imagesTr beside labelsTr and {_DESCRIPTION}")
    named = {root.relative_to(data).as_posix(): root for root in roots}
    wanted = [root for name, root in named.items() if part and _folded(part.strip("/")) == _folded(name)]
    if part is None and len(roots) == 1:
        return roots[0]
    if wanted:
        return wanted[0]
    problem = f"has no part {part!r}" if part is not None else f"holds {len(roots)} data sets of nnU-Net"
    raise InputError(f"{data} {problem}; choose one: {' or '.join(f'--part {name}' for name in list(named)[:12])}")


def _cases(
    images: Sequence[Path], labels: Sequence[Path], channels: Sequence[str]
) -> tuple[dict[str, tuple[Path, Path]], list[str]]:
    """Case to its (image, labels), sorted; and a sentence on what is left out.

    Raises:
        InputError: two files are of one case.
    """
    there, truths = _by_name(images), _by_name(labels)
    channels_of: dict[str, set[str]] = {}
    for name in there:
        if name not in truths:
            channels_of.setdefault(_CHANNEL.sub("", name), set()).add(name)
    pairs, used, more = dict[str, tuple[Path, Path]](), set[str](), 0
    for case, truth in sorted(truths.items()):
        own = channels_of.get(case, set())
        name = f"{case}{_FIRST}" if f"{case}{_FIRST}" in own else case
        if name in there:
            pairs[stem(truth)] = there[name], truth
            used |= {name, *own}
            more += len(own) > 1
    lonely = _one_a_case({name: path for name, path in there.items() if name not in used})
    without = [path for path in labels if stem(path) not in pairs]
    notes = [f"{len(lonely)} image(s) without labels left out: {_names(lonely)}"] if lonely else []
    notes += [f"{len(without)} label file(s) without an image left out: {_names(without)}"] if without else []
    if more:
        called = f" ({channels[0]})" if channels else ""
        notes.append(f"{more} case(s) have several channels; {_FIRST[1:]}{called} alone is read")
    return pairs, notes


def _one_a_case(files: Mapping[str, Path]) -> list[Path]:
    """Files by their names in small letters, without the further channels of those that have a channel 0000."""
    return [
        path
        for name, path in files.items()
        if name.endswith(_FIRST) or not _CHANNEL.search(name) or _CHANNEL.sub(_FIRST, name) not in files
    ]


def _by_name(paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if (other := found.setdefault(_folded(stem(path)), path)) != path:
            raise InputError(f"{other} and {path} have the same name; rename one, or keep them in separate folders")
    return found


def _description(path: Path) -> dict[str, Any]:
    """dataset.json.

    Raises:
        InputError: it is no JSON object.
    """
    content = read_json(path, limit=_LARGEST)
    if not isinstance(content, dict):
        raise InputError(f"{path} must be a JSON object with labels, as nnU-Net writes it; correct it")
    return content


def _channels(about: dict[str, Any]) -> list[str]:
    """The names of the channels, the first one first; none where they are not given."""
    given = about.get("channel_names", about.get("modality"))
    named = given.get("0") if isinstance(given, dict) else None
    return [named] if isinstance(named, str) and named.isprintable() and len(named) < 50 else []


def _nothing(root: Path, inside: dict[str, Path]) -> str:
    """Why no case is read."""
    if _LABELS not in inside:
        return f"{root} has images in imagesTr and no labelsTr; put the labels there, CASE.png for CASE_0000.png"
    kinds = sorted({path.suffix.lower() for key in (_IMAGES, _LABELS) for path in inside[key].iterdir()})
    return (
        f"{root}: no image of imagesTr (CASE_0000.png) has labels in labelsTr (CASE.png) that can be read; the files "
        f"there end in {', '.join(kinds[:5])}; save images and labels as PNG, volumes (.nii.gz) are not read"
    )


def _names(paths: Sequence[Path]) -> str:
    return shortened([path.name for path in paths])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
