"""Which mask belongs to which picture: by name, never by order."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dentalx.datasets.images import list_images
from dentalx.errors import InputError

_IMAGE_SUFFIX = re.compile(r"\.(png|jpe?g|jpe|jfif|tiff?|bmp|dcm|dicom|dic)$", re.IGNORECASE)
_MASK_SUFFIX = re.compile(r"[ _.-]?(?<![A-Za-z])(masks?|seg|segmentation|labels?|gt|pseudo)$", re.IGNORECASE)
_FIXED_MASK = re.compile(r"masks?|seg|segmentation|labels?|gt", re.IGNORECASE)
_FIXED_NAMES = (
    "image",
    "img",
    "radiograph",
    "xray",
    "x-ray",
    "opg",
    "panoramic",
    "scan",
)  # one of these in each folder
_CHANNEL = "_0000"  # nnU-Net's first channel
_NAMES_SHOWN = 5


def pair_files(images: Path, masks: Path) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pair the pictures of two folders by stem, never by order; one folder may hold both.

    Where a folder holds none itself, those of the folders below it are paired by their path in it.

    Returns:
        (image, mask) pairs sorted by name, and a sentence on each kind of file without a partner.

    Raises:
        InputError: a folder is missing or empty, nothing pairs, or two files claim one name.
    """
    pictures, truths = _listed(images), _listed(masks)
    if images.resolve() == masks.resolve():
        pictures, truths = divide_by_name(pictures)
    pairs, notes = pair_trees((images, pictures), (masks, truths))
    if not pairs:
        named = f" (for example {pictures[0].name} and {truths[0].name})" if pictures and truths else ""
        raise InputError(
            f"no picture of {images} has a mask of the same name in {masks}{named}; "
            "rename the masks like their pictures, _mask or _seg at the end is fine; where each file holds one object "
            "(NAME_11.png, NAME/11.png), give --data with the folder around both"
        )
    return pairs, notes


def pair_trees(
    pictures: tuple[Path, Sequence[Path]], truths: tuple[Path, Sequence[Path]]
) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pair files below two folders folder by folder, so that one patient's image never meets another's mask.

    A folder of masks without folders of its own serves all folders of images, if no two images have one name.

    Args:
        pictures: the folder, and the files below it.
        truths: likewise of masks.

    Returns:
        as `pair_lists`.

    Raises:
        InputError: two files of one folder claim one name.
    """
    images, masks = (_by_folder(*tree) for tree in (pictures, truths))
    names = Counter(stem(path).casefold() for path in pictures[1])
    if set(masks) == {()} and set(images) != {()} and max(names.values()) == 1:
        return pair_lists(pictures[1], truths[1])
    pairs, lonely, lonely_masks = list[tuple[Path, Path]](), list[Path](), list[Path]()
    for folder in sorted({*images, *masks}):
        found, without_mask, without_image = _paired(images.get(folder, []), masks.get(folder, []))
        pairs += found
        lonely += without_mask
        lonely_masks += without_image
    return pairs, _left_out(lonely, lonely_masks)


def _by_folder(root: Path, paths: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
    """Files by the folders between them and `root`, capitals aside."""
    found: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        between = path.parent.relative_to(root).parts
        found.setdefault(tuple(unicodedata.normalize("NFC", part).casefold() for part in between), []).append(path)
    return found


def pair_lists(pictures: Sequence[Path], truths: Sequence[Path]) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pair pictures with masks by stem, never by order.

    Returns:
        (image, mask) pairs sorted by name, and a sentence on each kind of file without a partner.

    Raises:
        InputError: two files claim one name.
    """
    pairs, lonely, lonely_masks = _paired(pictures, truths)
    return pairs, _left_out(lonely, lonely_masks)


def _paired(pictures: Sequence[Path], truths: Sequence[Path]) -> tuple[list[tuple[Path, Path]], list[Path], list[Path]]:
    """The pairs, sorted by name; the images without a mask, and the masks without an image."""
    by_name = _by_stem(pictures)
    folded = {name.casefold(): name for name in by_name}
    pairs: dict[str, Path] = {}
    lonely_masks: list[Path] = []
    for truth in truths:
        name = next((folded[c.casefold()] for c in names_meant(truth) if c.casefold() in folded), None)
        if name is None:
            lonely_masks.append(truth)
        elif name in pairs:
            raise InputError(
                f"{pairs[name]} and {truth} are both masks of {by_name[name].name}; move one to another folder"
            )
        else:
            pairs[name] = truth
    pairs |= _without_channel([name for name in by_name if name not in pairs], lonely_masks)
    lonely = [path for name, path in by_name.items() if name not in pairs]
    lonely_masks = [path for path in lonely_masks if path not in set(pairs.values())]
    return [(by_name[name], pairs[name]) for name in sorted(pairs)], lonely, lonely_masks


def _without_channel(lonely: Sequence[str], lonely_masks: Sequence[Path]) -> dict[str, Path]:
    """Stems of images to masks, of files that pair by nnU-Net's rule: CASE_0000 is the first channel of CASE.

    >>> _without_channel(["a_0000", "b"], [Path("a.png"), Path("b_0000.png"), Path("c.png")])
    {'a_0000': PosixPath('a.png'), 'b': PosixPath('b_0000.png')}
    """
    masks = {stem(mask).casefold().removesuffix(_CHANNEL): mask for mask in reversed(lonely_masks)}
    wanted = {name: name.casefold().removesuffix(_CHANNEL) for name in lonely}
    twice = Counter(wanted.values())
    return {name: masks[case] for name, case in wanted.items() if case in masks and twice[case] == 1}


def _left_out(lonely: Sequence[Path], lonely_masks: Sequence[Path]) -> list[str]:
    """A sentence on each kind of file without a partner."""
    kinds = (("picture(s) without a mask", lonely), ("mask(s) without a picture", lonely_masks))
    return [f"{len(paths)} {what} left out: {_listing(paths)}" for what, paths in kinds if paths]


def divide_by_name(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The images and the masks of folders that hold both.

    `a_mask.png` is a mask where there is an `a.jpg` in the same folder, and `mask.png` where there is an `image.jpg`.
    """
    stems = {(path.parent, stem(path).casefold()) for path in paths}
    truths = [p for p in paths if any((p.parent, name.casefold()) in stems for name in names_meant(p)[1:])]
    taken = set(truths)
    return [path for path in paths if path not in taken], truths


def images_within(folder: Path) -> list[Path]:
    """The image files of a folder; where it holds none itself, those of the folders below it.

    Raises:
        InputError: as `list_images`.
    """
    return list_images(folder) or list_images(folder, recursive=True)


def _listed(folder: Path) -> list[Path]:
    found = images_within(folder)
    if not found:
        entries = list(folder.iterdir())
        links = sum(1 for entry in entries if entry.is_symlink())
        hint = "; symbolic links that lead out of the folder are not followed" if links else ""
        raise InputError(
            f"{folder} holds no picture (PNG, JPEG, TIFF, BMP or DICOM) among {len(entries)} entries; "
            f"check the folder{hint}"
        )
    return found


def _by_stem(paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    folded: dict[str, Path] = {}
    for path in paths:
        name = stem(path)
        if name.casefold() in folded:
            raise InputError(
                f"{folded[name.casefold()]} and {path} have the same name; rename one, or keep them in separate folders"
            )
        found[name] = folded[name.casefold()] = path
    return found


def stem(path: Path) -> str:
    """Return a file's name without its image suffix, composed as Unicode asks (NFC).

    What follows another dot stays: files of DICOM are called 1.2.840.113 and the like.

    >>> stem(Path("a.jpg")), stem(Path("A.DCM")), stem(Path("1.2.840.113")), stem(Path("a.jpg_mask.png"))
    ('a', 'A', '1.2.840.113', 'a.jpg_mask')
    """
    return unicodedata.normalize("NFC", path.stem if _IMAGE_SUFFIX.search(path.name) else path.name)


def is_fixed_name(path: Path, masks: bool = True) -> bool:
    """Whether a file has a name that says what it is and not whose, as in a folder for each patient.

    Args:
        path: the file.
        masks: whether names of masks count.

    >>> is_fixed_name(Path("p1/Image.png")), is_fixed_name(Path("p1/mask.png")), is_fixed_name(Path("p1/scan_1.png"))
    (True, True, False)
    """
    name = stem(path).casefold()
    return name in _FIXED_NAMES or (masks and _FIXED_MASK.fullmatch(name) is not None)


def names_meant(mask: Path) -> list[str]:
    """The stems of pictures that a mask's name may mean, most literal first.

    >>> names_meant(Path("7.jpg_mask.png"))
    ['7.jpg_mask', '7.jpg', '7']
    >>> names_meant(Path("7.DCM.png"))
    ['7.DCM', '7']
    >>> names_meant(Path("a-seg.PNG")), names_meant(Path("damask.png"))
    (['a-seg', 'a'], ['damask'])
    >>> names_meant(Path("p1/mask.png"))[:3]
    ['mask', 'image', 'img']
    """
    names = [stem(mask)]
    if _FIXED_MASK.fullmatch(names[0]):
        return [*names, *_FIXED_NAMES]
    while True:
        shorter = _MASK_SUFFIX.sub("", names[-1]) if names[-1] else ""
        shorter = shorter if shorter != names[-1] else _IMAGE_SUFFIX.sub("", names[-1])
        if not shorter or shorter == names[-1]:
            return names
        names.append(shorter)


def _listing(paths: Sequence[Path]) -> str:
    shown = ", ".join(path.name for path in paths[:_NAMES_SHOWN])
    return f"{shown}{' …' if len(paths) > _NAMES_SHOWN else ''}"
