# ruff: noqa: E501
"""XML, YAML and tables made to do harm; links, pipes and devices in place of files."""

import os
from functools import partial
from pathlib import Path

import fuzz_seeds
from fuzz_makers import Cases, Found, data, replaced, whole
from fuzz_seeds import PICTURE


def laughs(declared: bool) -> bytes:
    """Entities of entities, or one that names a file, in a CVAT file."""
    inner = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    entities = f'<!ENTITY l0 "lol">{inner}' if declared else '<!ENTITY l9 SYSTEM "file:///etc/passwd">'
    text = fuzz_seeds.cvat()["annotations.xml"].decode().split("?>", 1)[1]
    return f"<!DOCTYPE a [{entities}]>{text}".replace("<name>tooth</name>", "<name>&l9;</name>").encode()


def aliases() -> bytes:
    """YAML that grows nine-fold with every line."""
    lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x"]']
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join([*lines, "names: *a11", ""]).encode()


def _names(count: int) -> bytes:
    return b"names:\n" + b"".join(b"  %d: c%d\n" % (i, i) for i in range(count))


def table(content: bytes, folder: Path) -> Found:
    """A splits.csv."""
    (folder / "splits.csv").write_bytes(content)
    return "splits", folder / "splits.csv"


def linked(folder: Path, *, to_folder: bool = False) -> Found:
    """A data set whose mask is a link to a file outside, or whose folder of masks is one."""
    secret = folder.parent / "secret.png"
    if not to_folder:
        secret.write_bytes(fuzz_seeds.MASK)
    fuzz_seeds.write(folder, {"images/a.png": PICTURE})
    if to_folder:
        (folder / "masks").symlink_to("/proc")
    else:
        (folder / "masks").mkdir()
        (folder / "masks" / "a.png").symlink_to(secret)
    return "data", folder


def looped(folder: Path) -> Found:
    """Folders that lead back to themselves."""
    fuzz_seeds.write(folder, fuzz_seeds.DATA_SETS["coco"]())
    (folder / "again").symlink_to(folder)
    (folder / "self.json").symlink_to(folder / "self.json")
    return "data", folder


def piped(folder: Path, name: str, seed: str = "coco") -> Found:
    """A data set with a pipe in place of one of its files."""
    fuzz_seeds.write(folder, fuzz_seeds.DATA_SETS[seed]())
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    return "data", folder


def device(folder: Path, name: str, target: str = "/dev/zero", seed: str = "coco") -> Found:
    """A data set with a link to a device in place of one of its files."""
    fuzz_seeds.write(folder, fuzz_seeds.DATA_SETS[seed]())
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    return "data", folder


CASES: Cases = {
    # XML, YAML, tables
    "xml-laughs": partial(data, lambda: {**fuzz_seeds.cvat(), "annotations.xml": laughs(True)}),
    "xml-file": partial(data, lambda: {**fuzz_seeds.cvat(), "annotations.xml": laughs(False)}),
    "xml-deep": partial(data, lambda: replaced("cvat", "<image ", "<a>" * 100_000 + "<image ")),
    "xml-utf16": partial(data, lambda: whole("cvat", lambda c: c.decode().replace("utf-8", "utf-16").encode("utf-16"))),
    "xml-encoding": partial(data, lambda: whole("cvat", lambda c: c.replace(b'"utf-8"', b'"zlib"'))),
    "xml-long-name": partial(data, lambda: replaced("cvat", "<name>tooth</name>", f"<name>{'t' * 10_000_000}</name>")),
    "xml-long-value": partial(data, lambda: replaced("cvat", 'points="', f'points="{"1,1;" * 1_000_000}')),
    "yaml-aliases": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": aliases()}),
    "yaml-object": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": b"names: !!python/object/apply:os.system ['touch owned']\n"}),
    "yaml-deep": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": b"names: " + b"[" * 20_000}),
    "yaml-many": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": _names(20_000)}),
    "yaml-utf16": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": "names: [a, b]".encode("utf-16")}),
    "yaml-odd-key": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": b"names: {? [1, 2] : a, 0: b}\n"}),
    "yaml-date": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": b"d: 2001-99-99\nnames: [a, b]\n"}),
    "yolo-nan": partial(data, lambda: {**fuzz_seeds.yolo(), "labels/a.txt": b"0 nan nan 0.1 0.1 0.5 0.5\n"}),
    "yolo-digits": partial(data, lambda: {**fuzz_seeds.yolo(), "labels/a.txt": b"9" * 100_000 + b" 0.1 0.1 0.5 0.1 0.5 0.5\n"}),
    "yolo-lines": partial(data, lambda: {**fuzz_seeds.yolo(), "labels/a.txt": b"0 0.1 0.1 0.5 0.1 0.5 0.5\n" * 20_000}),
    "splits-utf16": partial(table, fuzz_seeds.SPLITS.decode().encode("utf-16")),
    "splits-quote": partial(table, fuzz_seeds.SPLITS + b'"' + b"x" * 200_000),
    "splits-null": partial(table, fuzz_seeds.SPLITS.replace(b"p1", b"p\0")),
    "splits-columns": partial(table, fuzz_seeds.SPLITS + b"a" + b"," * 100_000),
    "splits-twice": partial(table, fuzz_seeds.SPLITS.replace(b"patient_id", b"image_id")),
    "splits-empty": partial(table, b""),
    "splits-bom": partial(table, b"\xef\xbb\xbf" + fuzz_seeds.SPLITS),
    "splits-zero-device": lambda folder: ("splits", Path("/dev/null")),
    "classes-deep": partial(data, lambda: {**fuzz_seeds.class_masks(), "masks/classes.json": b"[" * 100_000}),
    "roboflow-table": partial(data, lambda: {**fuzz_seeds.roboflow_masks(), "train/_classes.csv": b"Pixel Value, Class\n" + b"9" * 50_000 + b", a\n"}),
    # links, pipes and devices in data sets
    "link-out": linked,
    "link-folder-out": partial(linked, to_folder=True),
    "link-loop": looped,
    "pipe-picture": partial(piped, name="a.png"),
    "pipe-json": partial(piped, name="_annotations.coco.json"),
    "pipe-text": partial(piped, name="labels/a.txt", seed="yolo"),
    "pipe-yaml": partial(piped, name="data.yaml", seed="yolo"),
    "pipe-xml": partial(piped, name="annotations.xml", seed="cvat"),
    "pipe-classes": partial(piped, name="masks/classes.json", seed="class-masks"),
    "device-json": partial(device, name="_annotations.coco.json"),
    "device-picture": partial(device, name="a.png"),
    "device-classes": partial(device, name="masks/classes.json", seed="class-masks"),
    "proc-json": partial(device, name="_annotations.coco.json", target="/proc/self/mem"),
    "no-folder": lambda folder: ("data", folder / "nothing"),
    "null-folder": lambda folder: ("data", folder / "a\0b"),
    "empty-folder": lambda folder: ("data", folder),
}  # fmt: skip
