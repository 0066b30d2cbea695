# ruff: noqa: E501, RUF005
"""Files made to do harm, one function a kind of harm; each writes into an empty folder and says what is read."""

import base64
import json
import os
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fuzz_seeds
import numpy as np
from fuzz_seeds import PICTURE, RING, coco_content, dumped
from PIL import Image

Found = tuple[str, Path]  # how it is read ("picture", "data" or "splits"), and what
_TERA = 10**12


def chunk(kind: bytes, data: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 0, more: bytes = b"") -> bytes:
    """A PNG whose header may lie."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")


def tiff(
    width: int, height: int, data: bytes, *, compression: int = 1, strips: int = 1, count: int | None = None
) -> bytes:
    """A little-endian TIFF of 8 bit grey whose sizes may lie."""
    given = len(data) if count is None else count
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, 8), (277, 1), (278, height)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    entries += struct.pack("<HHII", 279, 4, strips, given)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags) + 1) + entries + b"\0" * 4


def zipped(megabytes: int) -> bytes:
    """Zeros, compressed without ever being whole in memory."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(2**20)) for _ in range(megabytes)]
    return b"".join([*parts, packer.flush()])


def picture(content: Callable[[], bytes], folder: Path, name: str = "x.png") -> Found:
    """One file."""
    (folder / name).write_bytes(content())
    return "picture", folder / name


def data(files: Callable[[], dict[str, bytes]], folder: Path) -> Found:
    """A data set."""
    fuzz_seeds.write(folder, files())
    return "data", folder


def table(content: bytes, folder: Path) -> Found:
    """A splits.csv."""
    (folder / "splits.csv").write_bytes(content)
    return "splits", folder / "splits.csv"


def coco(change: Callable[[dict[str, list[dict[str, object]]]], None]) -> dict[str, bytes]:
    """A COCO data set with something changed."""
    content = coco_content()
    change(content)
    return {"a.json": dumped(content), "a.png": PICTURE}


def drawn(segmentation: object) -> dict[str, bytes]:
    """A COCO data set of one object."""
    return coco(lambda c: c.update(annotations=[{**c["annotations"][0], "segmentation": segmentation}]))


def named(name: object) -> dict[str, bytes]:
    """A COCO data set whose picture is called so."""
    return coco(lambda c: c["images"][0].update(file_name=name))


def sized(height: object, width: object) -> dict[str, bytes]:
    """A COCO data set whose picture is said to be of this size."""
    return coco(lambda c: c["images"][0].update(height=height, width=width))


def replaced(seed: str, old: str, new: str) -> dict[str, bytes]:
    """A data set of a seed with one text in place of another, in every text file."""
    files = dict(fuzz_seeds.DATA_SETS[seed]())
    for name, content in files.items():
        if not name.endswith((".png", ".jpg")):
            files[name] = content.replace(old.encode(), new.encode())
    assert files != dict(fuzz_seeds.DATA_SETS[seed]()), (seed, old)
    return files


def whole(seed: str, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """A data set of a seed whose first file, the annotations, is changed as a whole."""
    files = dict(fuzz_seeds.DATA_SETS[seed]())
    first = next(iter(files))
    return {**files, first: change(files[first])}


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


def bitmap(content: bytes) -> dict[str, bytes]:
    """A Supervisely bitmap that unpacks to something else than it should."""
    old = base64.b64encode(zlib.compress(fuzz_seeds.BITMAP)).decode()
    return replaced("supervisely", old, base64.b64encode(content).decode())


def crop(content: bytes) -> dict[str, bytes]:
    """A LabelMe mask that is something else."""
    return replaced("labelme", base64.b64encode(fuzz_seeds.BITMAP).decode(), base64.b64encode(content).decode())


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


def picked_device(folder: Path, target: str) -> Found:
    """A device given by name."""
    (folder / "x.png").symlink_to(target)
    return "picture", folder / "x.png"


def dicom(change: Callable[[bytes], bytes], folder: Path, name: str = "explicit.dcm") -> Found:
    """A DICOM file with its bytes changed."""
    (folder / "x.dcm").write_bytes(change(fuzz_seeds.dicoms()[name]))
    return "picture", folder / "x.dcm"


def element(group: int, number: int, value: int) -> Callable[[bytes], bytes]:
    """A change of an explicit unsigned short."""
    tag = struct.pack("<HH", group, number) + b"US\x02\x00"

    def change(content: bytes) -> bytes:
        place = content.index(tag) + 8
        return content[:place] + struct.pack("<H", value) + content[place + 2 :]

    return change


def nested(depth: int) -> bytes:
    """Sequences within sequences, of undefined length."""
    content = fuzz_seeds.dicoms()["explicit.dcm"]
    item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    place = content.index(b"\x28\x00\x02\x00US")
    return content[:place] + item * depth + content[place:]


def deflated_bomb(content: bytes) -> bytes:
    """The deflated syntax, and behind its header a gigabyte of zeros."""
    start = content.index(b"1.2.840.10008.1.2.1.99") + len(b"1.2.840.10008.1.2.1.99")
    return content[:start] + zipped(1024)[2:-4]


def tiff_jpeg_bomb() -> bytes:
    """A TIFF that says it is small and holds a JPEG that says it is large."""
    inner = bytearray(fuzz_seeds.pictures()["grey.jpg"])
    start = inner.index(b"\xff\xc0") + 5
    inner[start : start + 4] = struct.pack(">HH", 60_000, 60_000)
    return tiff(32, 24, bytes(inner), compression=7)


def lying_jpeg(rows: int, columns: int) -> bytes:
    """A JPEG whose header promises more than there is."""
    content = bytearray(fuzz_seeds.pictures()["grey.jpg"])
    start = content.index(b"\xff\xc0") + 5
    content[start : start + 4] = struct.pack(">HH", rows, columns)
    return bytes(content)


def many_scans() -> bytes:
    """A progressive JPEG that goes over its 8 megapixels again and again."""
    content = fuzz_seeds.encoded(Image.fromarray(np.zeros((2000, 4000), np.uint8)), "JPEG", progressive=True)
    first = content.rindex(b"\xff\xda")
    return content[:-2] + content[first:-2] * 400 + b"\xff\xd9"


def many_objects(count: int) -> dict[str, bytes]:
    """Objects without end on one picture."""
    return coco(lambda c: c.update(annotations=[{**c["annotations"][0], "id": i} for i in range(count)]))


def polygon(count: int, far: float = 1.0) -> dict[str, bytes]:
    """One outline of very many corners."""
    angles = np.linspace(0, 2 * np.pi * 7, count)
    ring = np.stack([16 + 12 * far * np.cos(angles), 12 + 9 * far * np.sin(3 * angles)], 1)
    return drawn([ring.ravel().tolist()])


def repeated_keys() -> bytes:
    """The same key twice."""
    return b'{"images": [], "images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": []}'


def _json(text: str) -> dict[str, bytes]:
    return {"a.json": text.encode(), "a.png": PICTURE}


def _names(count: int) -> bytes:
    return b"names:\n" + b"".join(b"  %d: c%d\n" % (i, i) for i in range(count))


_HEAD = '{"images": [{"id": 1, "file_name": "a.png"}], "annotations": ['
_TAIL = '], "categories": [{"id": 1, "name": "t"}]}'
_HUGE = 10**6

CASES: dict[str, Callable[[Path], Found]] = {
    # pictures whose header promises too much, or that unpack to too much
    "png-50000": partial(picture, lambda: png(50_000, 50_000, bytes(100))),
    "png-max": partial(picture, lambda: png(2**31 - 1, 2**31 - 1, bytes(100))),
    "png-wide": partial(picture, lambda: png(30_000, 6_000, bytes(100))),
    "png-0": partial(picture, lambda: png(0, 0, b"")),
    "png-long-data": partial(picture, lambda: png(8, 8, bytes(300 * 2**20))),
    "png-text-bomb": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"zTXt", b"a\0\0" + zipped(512)))),
    "png-profile-bomb": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"iCCP", b"a\0\0" + zipped(512)))),
    "png-many-texts": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"tEXt", b"a\0" + bytes(50)) * 20_000)),
    "png-long-chunk": partial(picture, lambda: png(8, 8, bytes(72), more=struct.pack(">I", 2**31 - 1) + b"tEXt")),
    "png-animated": partial(picture, lambda: png(8, 8, bytes(72), more=chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))),
    "png-white-tail": partial(picture, lambda: fuzz_seeds.PICTURE + b"\xff" * 2**22),
    "jpeg-65500": partial(picture, lambda: lying_jpeg(65_500, 65_500)),
    "jpeg-150-megapixels": partial(picture, lambda: lying_jpeg(12_000, 12_000)),
    "jpeg-0": partial(picture, lambda: lying_jpeg(0, 0)),
    "jpeg-scans": partial(picture, many_scans),
    "jpeg-comments": partial(picture, lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 500_000),
    "tiff-2^31": partial(picture, lambda: tiff(2**31 - 1, 2**31 - 1, b"\0" * 9)),
    "tiff-zip-bomb": partial(picture, lambda: tiff(14_000, 14_000, zipped(1024), compression=8)),
    "tiff-zip-lie": partial(picture, lambda: tiff(8, 8, zipped(1024), compression=8)),
    "tiff-strips": partial(picture, lambda: tiff(8, 8, bytes(64), strips=2**31 - 1)),
    "tiff-strip-length": partial(picture, lambda: tiff(8, 8, bytes(64), count=2**32 - 1)),
    "tiff-jpeg": partial(picture, tiff_jpeg_bomb),
    "tiff-unknown-compression": partial(picture, lambda: tiff(8, 8, bytes(64), compression=50_000)),
    "tiff-loop": partial(picture, lambda: tiff(8, 8, bytes(64))[:-4] + struct.pack("<I", 72)),
    "bmp-huge": partial(picture, lambda: fuzz_seeds.pictures()["grey.bmp"].replace(struct.pack("<ii", 32, 24), struct.pack("<ii", 2**30, -(2**30)))),
    "empty": partial(picture, lambda: b""),
    "one-byte": partial(picture, lambda: b"\xff"),
    "null-device": partial(picked_device, target="/dev/null"),
    "zero-device": partial(picked_device, target="/dev/zero"),
    "name-with-null": lambda folder: ("picture", folder / "a\0b.png"),
    "name-too-long": lambda folder: ("picture", folder / ("a" * 5000)),
    # DICOM
    "dicom-65535": partial(dicom, lambda c: element(0x28, 0x11, 65_535)(element(0x28, 0x10, 65_535)(c))),
    "dicom-0": partial(dicom, element(0x28, 0x10, 0)),
    "dicom-bits-64": partial(dicom, element(0x28, 0x100, 64)),
    "dicom-samples": partial(dicom, element(0x28, 0x02, 65_535)),
    "dicom-deflated-bomb": partial(dicom, deflated_bomb, name="deflated.dcm"),
    "dicom-nested": partial(dicom, lambda _: nested(100_000)),
    "dicom-elements": partial(dicom, lambda c: c[:400] + b"\x09\x00\x10\x00LO\0\0" * 500_000),
    "dicom-rle-lie": partial(dicom, element(0x28, 0x11, 30_000), name="rle.dcm"),
    "dicom-j2k-lie": partial(dicom, lambda c: c.replace(struct.pack(">II", 32, 24), struct.pack(">II", 60_000, 60_000)), name="j2k.dcm"),
    "dicom-jpeg-lie": partial(dicom, lambda c: c.replace(struct.pack(">HH", 24, 32), struct.pack(">HH", 65_000, 65_000)), name="jpeg.dcm"),
    # JSON
    "json-deep": partial(data, lambda: _json(_HEAD + "[" * 200_000)),
    "json-deep-closed": partial(data, lambda: _json(_HEAD + "[" * 100_000 + "]" * 100_000 + _TAIL)),
    "json-deep-objects": partial(data, lambda: _json(_HEAD + '{"a":' * 100_000 + "1" + "}" * 100_000 + _TAIL)),
    "json-digits": partial(data, lambda: _json(_HEAD + '{"id": ' + "9" * 1_000_000 + "}" + _TAIL)),
    "json-nan": partial(data, lambda: drawn([[float("nan"), *RING[1:]]])),
    "json-infinity": partial(data, lambda: drawn([[float("inf"), *RING[1:]]])),
    "json-huge-float": partial(data, lambda: drawn([[1e300, *RING[1:]]])),
    "json-huge-int": partial(data, lambda: drawn([[10**4000, *RING[1:]]])),
    "json-booleans": partial(data, lambda: drawn([[True] * 8])),
    "json-keys-twice": partial(data, lambda: {"a.json": repeated_keys(), "a.png": PICTURE}),
    "json-utf16": partial(data, lambda: whole("coco", lambda c: c.decode().encode("utf-16"))),
    "json-bom": partial(data, lambda: whole("coco", lambda c: b"\xef\xbb\xbf" + c)),
    "json-surrogate": partial(data, lambda: _json(json.dumps(coco_content()).replace('"tooth"', '"\\ud800"'))),
    "json-empty": partial(data, lambda: whole("coco", lambda _: b"")),
    "json-zeros": partial(data, lambda: whole("coco", lambda c: c + b"\0" * 1000)),
    # names of files
    **{
        f"name-{number}": partial(data, partial(named, name))
        for number, name in enumerate(
            ("../secret.png", "/etc/passwd", "..\\..\\secret.png", "C:\\a.png", "a\0.png", "", ".", "..", "x/" * 3000)
            + ("file:///etc/passwd", "http://127.0.0.1/a.png", "~/a.png", "/dev/zero", "//a.png", "\ud800.png", None, 7, [])
        )
    },
    "yolo-name": partial(data, lambda: {**fuzz_seeds.yolo(), "data.yaml": b"train: /etc\npath: /\nnames: [../../x, 'a/b']\n"}),
    "labelme-name": partial(data, lambda: replaced("labelme", '"a.png"', '"/etc/../etc/passwd"')),
    "via-name": partial(data, lambda: replaced("via", '"filename": "a.png"', '"filename": "../../etc/passwd"')),
    "via-3-name": partial(data, lambda: replaced("via-3", '"fname": "a.png"', '"fname": "/etc/passwd"')),
    "cvat-name": partial(data, lambda: replaced("cvat", 'name="a.png"', 'name="../../etc/passwd"')),
    "labelbox-name": partial(data, lambda: replaced("labelbox", '"a.png"', '"../../../etc/passwd"')),
    # outlines and run lengths
    "runs-million": partial(data, lambda: drawn({"size": [_HUGE, _HUGE], "counts": [_TERA]})),
    "runs-million-text": partial(data, lambda: drawn({"size": [_HUGE, _HUGE], "counts": "0" * 1000})),
    "runs-overflow": partial(data, lambda: drawn({"size": [24, 32], "counts": [2**63, 2**63, 768]})),
    "runs-negative": partial(data, lambda: drawn({"size": [24, 32], "counts": [768, -10, 10]})),
    "runs-float": partial(data, lambda: drawn({"size": [24, 32], "counts": [1e308, 1e308]})),
    "runs-long": partial(data, lambda: drawn({"size": [24, 32], "counts": [0] * 1_000_000})),
    "runs-text-long": partial(data, lambda: drawn({"size": [24, 32], "counts": "o" * 1_000_000})),
    "runs-text-odd": partial(data, lambda: drawn({"size": [24, 32], "counts": "\u20ac\0"})),
    "runs-text-zeros": partial(data, lambda: drawn({"size": [24, 32], "counts": "0" * 1_000_000})),
    "runs-cvat": partial(data, lambda: replaced("cvat", 'rle="4, 8, 4"', 'rle="' + "1000000000000," * 1000 + '4"')),
    "runs-cvat-wide": partial(data, lambda: replaced("cvat", 'width="4" height="4"', 'width="1000000" height="1000000"')),
    "size-million": partial(data, lambda: sized(_HUGE, _HUGE)),
    "size-negative": partial(data, lambda: sized(-24, 32)),
    "size-text": partial(data, lambda: sized("24", "9" * 30)),
    "polygon-200000": partial(data, lambda: polygon(200_000)),
    "polygon-far": partial(data, lambda: polygon(100, 1e8)),
    "polygon-coarse": partial(data, lambda: drawn([[0.5, 0.5, 60, 0.5, 60, 40] * 20_000])),
    "parts-2000": partial(data, lambda: drawn([RING] * 2000)),
    "objects-50000": partial(data, lambda: many_objects(50_000)),
    "circle-huge": partial(data, lambda: replaced("via", '"rx": 5', '"rx": 1e8')),
    "via-lengths": partial(data, lambda: replaced("via", '"all_points_x": [4, ', '"all_points_x": [4, 5, ')),
    "bitmap-bomb": partial(data, lambda: bitmap(zipped(512))),
    "bitmap-wide": partial(data, lambda: bitmap(zlib.compress(png(60_000, 60_000, bytes(60_001 * 100))))),
    "bitmap-text": partial(data, lambda: bitmap(zlib.compress(png(8, 8, bytes(72), more=chunk(b"zTXt", b"a\0\0" + zipped(256)))))),
    "crop-wide": partial(data, lambda: crop(png(60_000, 3_000, bytes(60_001 * 100)))),
    "crop-broken": partial(data, lambda: crop(fuzz_seeds.BITMAP[:-30])),
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
