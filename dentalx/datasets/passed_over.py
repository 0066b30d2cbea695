"""What of a folder is no input: results of earlier commands, and files of kinds that are not read, counted by kind."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# Files that dentalx writes, by which the folder of its results is known: any of these sets, complete.
_RESULTS = (
    {"journal.jsonl", "predictions.json"},
    {"journal.jsonl", "predictions.csv"},
    {"metrics.json", "per_image.csv"},
    {"audit.json", "audit.md"},
    {"conversion.json", "splits.csv"},
    {"config.json", "splits.csv"},
)
# Kinds that may hold images or annotations of images; others (text, code, tables) are nothing that anybody waits for.
_KINDS = [
    ".webp",
    ".jp2",
    ".j2k",
    ".jpx",
    ".jxl",
    ".gif",
    ".heic",
    ".heif",
    ".avif",
    ".svg",
    ".psd",
    ".raw",
    ".nii",
    ".gz",
    ".mha",
    ".nrrd",
    ".npy",
    ".npz",
    ".mat",
    ".h5",
    ".parquet",
    ".tfrecord",
    ".pdf",
    ".docx",
    ".pptx",
    ".zip",
    ".rar",
    ".7z",
    ".tar",
    ".tgz",
    ".bz2",
    ".xz",
    ".mp4",
    ".avi",
    ".stl",
    ".ply",
]
_MOST = 100_000  # files
_SHOWN = 5


def result_folders(root: Path) -> list[Path]:
    """The folders below `root` that hold what dentalx wrote, the outermost of each; `root` itself is none."""
    found: list[Path] = []
    level = [root]
    while level:
        inside = [(folder, _entries(folder)) for folder in level]
        below = [folder for folder, names in inside if folder != root and any(known <= names for known in _RESULTS)]
        found += below
        level = [p for folder, _ in inside if folder not in below for p in _folders(folder)]
    return sorted(found)


def passed_over(files: Iterable[Path]) -> str:
    """A sentence that counts the files of kinds that are not read; "" where there is none.

    >>> passed_over([Path("a.webp"), Path("b.WEBP"), Path("c.pdf"), Path("d.png"), Path("e.txt")])
    'not looked at: 1 .pdf, 2 .webp; images are read from PNG, JPEG, TIFF, BMP and DICOM files'
    """
    kinds = Counter(path.suffix.lower() for path in files if path.suffix.lower() in _KINDS)
    if not kinds:
        return ""
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return f"not looked at: {listed}; images are read from PNG, JPEG, TIFF, BMP and DICOM files"


def other_files(root: Path) -> tuple[str, ...]:
    """What to tell of a folder beside its images, a sentence each: earlier results, and kinds that are not read."""
    results = [folder.relative_to(root).as_posix() for folder in result_folders(root)]
    shown = ", ".join(results[:_SHOWN]) + (" …" if len(results) > _SHOWN else "")
    earlier = (
        f"{len(results)} folder(s) of earlier results passed over: {shown}; name one to read it" if results else ""
    )
    return tuple(filter(None, (earlier, passed_over(visible_files(root)))))


def visible_files(root: Path) -> list[Path]:
    """The files of a folder and the folders below it, hidden ones and results of earlier commands left out."""
    if not root.is_dir():
        return []
    results, found, level = set(result_folders(root)), list[Path](), [root]
    while level and len(found) < _MOST:
        found += [folder / name for folder in level for name in sorted(_entries(folder)) if not name.startswith(".")]
        level = [inner for folder in level for inner in _folders(folder) if inner not in results]
    return found


def _entries(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir() if not entry.is_dir()}
    except OSError:  # whoever reads the folder says it
        return set()


def _folders(folder: Path) -> list[Path]:
    try:
        inside = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return []
    return [entry for entry in inside if not entry.name.startswith(".")]
