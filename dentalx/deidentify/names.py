"""Names of files and folders as salted codes, so that a picture and its mask still belong together."""

import re
import unicodedata
from pathlib import Path, PurePosixPath

from dentalx.datasets.folder_pairs import IMAGE_FOLDERS, MASK_FOLDERS, SPLIT_FOLDERS
from dentalx.salt import code

_STRUCTURE = frozenset((*IMAGE_FOLDERS, *MASK_FOLDERS, *SPLIT_FOLDERS))
_PICTURE = re.compile(r"\.(png|jpe?g|jpe|jfif|tiff?|bmp|dcm|dicom|dic)$", re.IGNORECASE)
_CODE = re.compile(r"[0-9a-f]{16}")
_CODED_FILE = re.compile(r"[0-9a-f]{16}(_(mask|seg|label|gt))?\.(png|jpg|tif|bmp|dcm)")
_MASK = re.compile(r"[ _.-](mask|seg|label|gt)s?$", re.IGNORECASE)


def coded_name(relative: Path, salt: bytes, suffix: str) -> PurePosixPath:
    """Where a file goes: every part a code, but folders whose names say what is in them, as `images` or `train`.

    The code of a file is of its stem alone, without `_mask` and the like, which stays.

    Args:
        relative: the file as seen from the folder that is given.
        salt: of the codes.
        suffix: of the file that is written.

    >>> names = "images/Doe J.jpg", "masks/Doe J_mask.png"
    >>> one, other = (coded_name(Path(name), b"k" * 16, ".png") for name in names)
    >>> one.parts[0], other.parts[0], other.name == one.stem + "_mask.png", len(one.stem)
    ('images', 'masks', True, 16)
    """
    inside = relative.parts[:-1]
    folders = [part if part.lower() in _STRUCTURE else code(salt, "folder", _same(part)) for part in inside]
    stem = _PICTURE.sub("", relative.name)
    mark = _MASK.search(stem)
    bare = _PICTURE.sub("", stem[: mark.start()] if mark else stem)
    ending = f"_{mark.group(1).lower()}" if mark else ""
    return PurePosixPath(*folders, f"{code(salt, 'file', _same(bare))}{ending}{suffix}")


def is_mask(relative: Path) -> bool:
    """Whether a file is a mask by its name or its folder's, and so no radiograph that text would be burned into.

    >>> [is_mask(Path(name)) for name in ("masks/a.png", "a_mask.png", "a.jpg_mask.png", "images/a.png", "damask.png")]
    [True, True, True, False, False]
    """
    inside = {part.lower() for part in relative.parts[:-1]}
    return bool(inside.intersection(MASK_FOLDERS)) or _MASK.search(_PICTURE.sub("", relative.name)) is not None


def is_coded(output: str) -> bool:
    """Whether a path below the output folder is one that `coded_name` gives.

    >>> [is_coded(text) for text in ("images/0123456789abcdef_mask.png", "../0123456789abcdef.png", "images/Doe.png")]
    [True, False, False]
    """
    *folders, name = output.split("/")
    known = all(part.lower() in _STRUCTURE or _CODE.fullmatch(part) for part in folders)
    return known and _CODED_FILE.fullmatch(name) is not None


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name)
