# ruff: noqa: E501, RUF005
"""Annotations made to do harm: JSON, names of files, outlines and run lengths."""

import base64
import json
import zlib
from functools import partial

import fuzz_seeds
import numpy as np
from fuzz_makers import Cases, chunk, coco, data, drawn, png, replaced, whole, zipped
from fuzz_seeds import PICTURE, RING, coco_content

_TERA = 10**12
_HEAD = '{"images": [{"id": 1, "file_name": "a.png"}], "annotations": ['
_TAIL = '], "categories": [{"id": 1, "name": "t"}]}'
_HUGE = 10**6


def named(name: object) -> dict[str, bytes]:
    """A COCO data set whose picture is called so."""
    return coco(lambda c: c["images"][0].update(file_name=name))


def sized(height: object, width: object) -> dict[str, bytes]:
    """A COCO data set whose picture is said to be of this size."""
    return coco(lambda c: c["images"][0].update(height=height, width=width))


def bitmap(content: bytes) -> dict[str, bytes]:
    """A Supervisely bitmap that unpacks to something else than it should."""
    old = base64.b64encode(zlib.compress(fuzz_seeds.BITMAP)).decode()
    return replaced("supervisely", old, base64.b64encode(content).decode())


def crop(content: bytes) -> dict[str, bytes]:
    """A LabelMe mask that is something else."""
    return replaced("labelme", base64.b64encode(fuzz_seeds.BITMAP).decode(), base64.b64encode(content).decode())


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


CASES: Cases = {
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
}  # fmt: skip
