"""Whole data sets of every format that is read, small, to be damaged."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from fuzz_pictures import SIZE, encoded, levels
from PIL import Image

Files = Mapping[str, bytes]  # path in the case's folder, and what is in it
RING = [4, 4, 20, 4, 20, 16, 4, 16]
PAIRS = [RING[i : i + 2] for i in range(0, 8, 2)]
PICTURE = encoded(Image.fromarray(levels()), "PNG")
BITMAP = encoded(Image.fromarray((levels()[:8, :8] > 99).astype(np.uint8) * 255), "PNG")
MASK = encoded(Image.fromarray((levels() > 128).astype(np.uint8) * 255), "PNG")


def dumped(content: object) -> bytes:
    """As JSON."""
    return json.dumps(content).encode()


def coco_content() -> dict[str, list[dict[str, object]]]:
    """Outlines and both kinds of run lengths."""
    size, some = list(SIZE), {"image_id": 1, "category_id": 1, "iscrowd": 0}
    drawn = [
        [RING],
        {"size": size, "counts": [100, 50, 618]},
        {"size": size, "counts": "T3<<00000000000000000000000000000l8"},
    ]
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": SIZE[0], "width": SIZE[1]}],
        "annotations": [{"id": i, "segmentation": each, **some} for i, each in enumerate(drawn)],
        "categories": [{"id": 1, "name": "tooth", "supercategory": "none"}],
    }


def dentex() -> Files:
    """The third tier."""
    categories = {f"categories_{n}": [{"id": 0, "name": "1"}, {"id": 1, "name": "2"}] for n in (1, 2)}
    item = {"id": 1, "image_id": 1, "category_id_1": 0, "category_id_2": 1, "category_id_3": 0, "segmentation": [RING]}
    content = {**coco_content(), "annotations": [item], **categories, "categories_3": [{"id": 0, "name": "Caries"}]}
    del content["categories"]
    return {"train.json": dumped(content), "xrays/a.png": PICTURE}


def labelme() -> Files:
    """An outline and a mask."""
    mask = {"label": "b", "shape_type": "mask", "points": [[2, 2], [9, 9]], "mask": base64.b64encode(BITMAP).decode()}
    shapes = [{"label": "a", "shape_type": "polygon", "points": PAIRS}, mask]
    content = {"version": "5", "shapes": shapes, "imagePath": "a.png", "imageHeight": SIZE[0], "imageWidth": SIZE[1]}
    return {"a.json": dumped(content), "a.png": PICTURE}


def via() -> Files:
    """Version 2."""
    drawn = [
        {"name": "polygon", "all_points_x": RING[::2], "all_points_y": RING[1::2]},
        {"name": "ellipse", "cx": 9, "cy": 9, "rx": 5, "ry": 4, "theta": 0.5},
    ]
    regions = [{"shape_attributes": each, "region_attributes": {"class": "tooth"}} for each in drawn]
    content = {"a.png1": {"filename": "a.png", "size": 1, "regions": regions, "file_attributes": {}}}
    return {"via.json": dumped(content), "a.png": PICTURE}


def via_3() -> Files:
    """Version 3."""
    content = {
        "project": {"pname": "x"},
        "file": {"1": {"fid": "1", "fname": "a.png"}},
        "view": {"1": {"fid_list": ["1"]}},
        "attribute": {"1": {"aname": "class", "options": {"0": "tooth"}}},
        "metadata": {"m": {"vid": "1", "xy": [7, *RING], "av": {"1": "0"}}},
    }
    return {"via3.json": dumped(content), "a.png": PICTURE}


def cvat() -> Files:
    """An outline, a mask and an ellipse."""
    text = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>tooth</name></label></labels></task></meta>
<image id="0" name="a.png" width="{SIZE[1]}" height="{SIZE[0]}">
<polygon label="tooth" occluded="0" points="4.00,4.00;20.00,4.00;20.00,16.00" z_order="0"></polygon>
<mask label="tooth" rle="4, 8, 4" left="3" top="3" width="4" height="4" z_order="0"></mask>
<ellipse label="tooth" cx="9" cy="9" rx="3" ry="2" rotation="20" z_order="0"></ellipse>
</image></annotations>"""
    return {"annotations.xml": text.encode(), "images/a.png": PICTURE}


def supervisely() -> Files:
    """A bitmap and an outline."""
    packed = base64.b64encode(zlib.compress(BITMAP)).decode()
    outline = {"classTitle": "tooth", "geometryType": "polygon", "points": {"exterior": PAIRS, "interior": []}}
    bitmap = {"classTitle": "tooth", "geometryType": "bitmap", "bitmap": {"data": packed, "origin": [3, 3]}}
    alpha = {**bitmap, "geometryType": "alpha_mask"}
    content = {"size": {"height": SIZE[0], "width": SIZE[1]}, "objects": [outline, bitmap, alpha], "tags": []}
    meta = {"classes": [{"title": "tooth", "shape": "any", "color": "#FF0000"}], "tags": []}
    return {"p/ds/ann/a.png.json": dumped(content), "p/meta.json": dumped(meta), "p/ds/img/a.png": PICTURE}


def labelbox() -> Files:
    """As the Tufts database has it."""
    item = {"title": "tooth", "bounding box": [4, 4, 16, 20], "polygons": [PAIRS]}
    content = [{"External ID": "a.png", "Label": {"objects": [item]}}]
    return {"all.json": dumped(content), "Radiographs/a.png": PICTURE}


def yolo() -> Files:
    """Two objects in one text file."""
    text = b"0 0.1 0.1 0.6 0.1 0.6 0.6 0.1 0.6\n1 0.2 0.7 0.9 0.7 0.9 0.9\n"
    settings = b"train: train/images\nnames:\n  0: tooth\n  1: caries\nnc: 2\n"
    return {"labels/a.txt": text, "data.yaml": settings, "images/a.png": PICTURE}


def unnamed_yolo() -> Files:
    """A text file next to its image, and no list of classes."""
    return {"a.txt": b"0.0 0.1 0.1 0.6 0.1 0.6 0.6\n1 0.5 0.5 0.2 0.2\n", "a.png": PICTURE}


def label_studio() -> Files:
    """An outline, a turned box and a brush."""
    sides = {"original_width": SIZE[1], "original_height": SIZE[0], "image_rotation": 0}
    brush = [*(4 * SIZE[0] * SIZE[1]).to_bytes(4, "big"), 0x39, 0x1B, 0xFC, *bytes(8)]
    values = [
        {"points": PAIRS, "polygonlabels": ["tooth"]},
        {"x": 10, "y": 10, "width": 20, "height": 30, "rotation": 20, "rectanglelabels": ["tooth"]},
        {"format": "rle", "rle": brush, "brushlabels": ["tooth"]},
    ]
    result = [{"id": str(n), "type": "polygonlabels", "value": each, **sides} for n, each in enumerate(values)]
    content = [{"id": 1, "data": {"image": "/data/upload/1/a.png"}, "annotations": [{"result": result}]}]
    return {"tasks.json": dumped(content), "a.png": PICTURE}


def voc() -> Files:
    """A box and an outline."""
    box = "<bndbox><xmin>2</xmin><ymin>1</ymin><xmax>8</xmax><ymax>6</ymax></bndbox>"
    outline = "<polygon><x1>2</x1><y1>1</y1><x2>6</x2><y2>1</y2><x3>6</x3><y3>5</y3></polygon>"
    size = f"<size><width>{SIZE[1]}</width><height>{SIZE[0]}</height></size>"
    objects = "".join(f"<object><name>tooth</name>{each}</object>" for each in (box, outline))
    text = f"<annotation><filename>a.png</filename>{size}{objects}</annotation>"
    return {"Annotations/a.xml": text.encode(), "JPEGImages/a.png": PICTURE}


def class_masks() -> Files:
    """Folders with a list of classes."""
    mask = encoded(Image.fromarray((levels() % 3).astype(np.uint8)), "PNG")
    listed = dumped(["background", "tooth", "caries"])
    return {"masks/classes.json": listed, "masks/a.png": mask, "images/a.png": PICTURE}


def roboflow_masks() -> Files:
    """Roboflow's semantic masks."""
    mask = encoded(Image.fromarray((levels() % 3).astype(np.uint8)), "PNG")
    table = b"Pixel Value, Class\n0, background\n1, tooth\n2, caries\n"
    return {
        "train/_classes.csv": table,
        "train/a_mask.png": mask,
        "train/a.jpg": encoded(Image.fromarray(levels()), "JPEG"),
    }


def jpeg_masks() -> Files:
    """Masks with the specks of JPEG."""
    mask = encoded(Image.fromarray((levels() > 128).astype(np.uint8) * 255), "JPEG")
    return {"masks/a.jpg": mask, "images/a.png": PICTURE}


def cvat_masks() -> Files:
    """CVAT's "Segmentation mask", with a list of the colours and one of the pictures."""
    colours = np.zeros((*SIZE, 3), np.uint8)
    colours[4:16, 4:20] = 250, 50, 83
    return {
        "labelmap.txt": b"# label:color_rgb:parts:actions\nbackground:0,0,0::\ntooth:250,50,83::\n",
        "ImageSets/Segmentation/default.txt": b"a\n",
        "SegmentationClass/a.png": encoded(Image.fromarray(colours), "PNG"),
        "JPEGImages/a.png": PICTURE,
    }


def abdi() -> Files:
    """One dentist's masks: the picture where the mandible is."""
    product = levels() * (levels() > 128).astype(np.uint8)
    return {"segmentation1/1.png": encoded(Image.fromarray(product), "PNG"), "images/1.png": PICTURE}


def tufts() -> Files:
    """JPEG masks, in folders with capitals."""
    mask = encoded(Image.fromarray((levels() > 128).astype(np.uint8) * 255), "JPEG")
    picture = encoded(Image.fromarray(levels()), "JPEG")
    return {"Segmentation/teeth_mask/7.jpg": mask, "Radiographs/7.JPG": picture}


def children() -> Files:
    """Coloured masks on black."""
    colours = np.zeros((*SIZE, 3), np.uint8)
    colours[4:16, 4:20] = 53, 119, 181
    around = "children's dental caries segmentation dataset/train"
    return {
        f"{around}/mask/1.png": encoded(Image.fromarray(colours), "PNG"),
        f"{around}/images/1.png": PICTURE,
    }


DATA_SETS: dict[str, Callable[[], Files]] = {
    "coco": lambda: {"_annotations.coco.json": dumped(coco_content()), "a.png": PICTURE},
    "dentex": dentex,
    "labelme": labelme,
    "via": via,
    "via-3": via_3,
    "cvat": cvat,
    "supervisely": supervisely,
    "labelbox": labelbox,
    "yolo": yolo,
    "yolo-unnamed": unnamed_yolo,
    "label-studio": label_studio,
    "voc": voc,
    "masks": lambda: {"masks/a.png": MASK, "images/a.png": PICTURE},
    "class-masks": class_masks,
    "roboflow-masks": roboflow_masks,
    "jpeg-masks": jpeg_masks,
    "cvat-masks": cvat_masks,
    "abdi": abdi,
    "tufts": tufts,
    "dc1000": lambda: {"labels_cut/1.png": MASK, "images_cut/1.png": PICTURE},
    "children": children,
}
CLASS_MAPS = {
    "levels": dumped({"background": 0, "tooth": 1, "caries": 2}),
    "colours": dumped({"background": [0, 0, 0], "tooth": "#FA3253"}),
}
SPLITS = b"image_id,patient_id,split\na,p1,train\nb,p2,val\nc,p3,test\n"


def class_map(name: str) -> Files:
    """A file for `--class-map`, and masks that it fits."""
    plain = class_masks() if name == "levels" else cvat_masks()
    masks = next(content for path, content in plain.items() if path.endswith("a.png"))
    return {"map.json": CLASS_MAPS[name], "set/masks/a.png": masks, "set/images/a.png": PICTURE}


def write(folder: Path, files: Files) -> None:
    """Lay a case out."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
