"""Whole files of every kind that is read, small, to be damaged: single pictures, and data sets of each format."""

import base64
import io
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (24, 32)
Files = Mapping[str, bytes]  # path in the case's folder, and what is in it


def levels(channels: int = 0) -> np.ndarray:
    """Smooth and uneven levels, (24, 32) or (24, 32, channels)."""
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    planes = [(7 * rows + 5 * columns + 40 * i + 3 * (rows * columns % 7)) % 256 for i in range(max(1, channels))]
    stacked = np.stack(planes, -1).astype(np.uint8)
    return stacked if channels else stacked[..., 0]


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """A file as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pictures() -> dict[str, bytes]:
    """Every kind of picture file, by a name that ends in its suffix."""
    grey, colour = Image.fromarray(levels()), Image.fromarray(levels(3))
    deep = Image.fromarray(levels().astype(np.uint16) * 16)
    exif = Image.Exif()
    exif[274] = 6
    return {
        "grey.png": encoded(grey, "PNG"),
        "deep.png": encoded(deep, "PNG"),
        "colour.png": encoded(colour, "PNG", exif=exif),
        "alpha.png": encoded(Image.fromarray(levels(4)), "PNG"),
        "palette.png": encoded(colour.quantize(32), "PNG", transparency=0),
        "bits.png": encoded(Image.fromarray(levels() > 99), "PNG"),
        "interlaced.png": encoded(colour, "PNG", interlace=1),
        "grey.jpg": encoded(grey, "JPEG", quality=90),
        "colour.jpg": encoded(colour, "JPEG", quality=90, exif=exif),
        "progressive.jpg": encoded(colour, "JPEG", progressive=True, subsampling=2),
        "inks.jpg": encoded(colour.convert("CMYK"), "JPEG"),
        "raw.tif": encoded(grey, "TIFF"),
        "deep.tif": encoded(deep, "TIFF"),
        "lzw.tif": encoded(colour, "TIFF", compression="tiff_lzw"),
        "deflate.tif": encoded(deep, "TIFF", compression="tiff_adobe_deflate"),
        "jpeg.tif": encoded(colour, "TIFF", compression="jpeg"),
        "fax.tif": encoded(Image.fromarray(levels() > 99), "TIFF", compression="group4"),
        "grey.bmp": encoded(grey, "BMP"),
        "colour.bmp": encoded(colour, "BMP"),
        "web.webp": encoded(colour, "WEBP"),
    }


def dicoms() -> dict[str, bytes]:
    """A radiograph in several transfer syntaxes."""
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate

    raw = (levels().astype(np.uint16) * 16).astype("<u2")
    eight = Image.fromarray(levels())
    known = {
        "explicit": ("1.2.840.10008.1.2.1", raw.tobytes()),
        "implicit": ("1.2.840.10008.1.2", raw.tobytes()),
        "big": ("1.2.840.10008.1.2.2", raw.astype(">u2").tobytes()),
        "deflated": ("1.2.840.10008.1.2.1.99", raw.tobytes()),
        "jpeg": ("1.2.840.10008.1.2.4.50", encapsulate([encoded(eight, "JPEG")])),
        "j2k": ("1.2.840.10008.1.2.4.90", encapsulate([encoded(eight, "JPEG2000", no_jp2=True)])),
        "rle": ("1.2.840.10008.1.2.1", raw.tobytes()),
    }
    found = {}
    for name, (syntax, data) in known.items():
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
        one = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
        one.PatientID, one.Modality = "P1", "PX"
        one.Rows, one.Columns, one.SamplesPerPixel, one.PhotometricInterpretation = *SIZE, 1, "MONOCHROME2"
        wide = name not in ("jpeg", "j2k")
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = (
            (16, 12, 11, 0) if wide else (8, 8, 7, 0)
        )
        one.RescaleSlope, one.RescaleIntercept, one.WindowCenter, one.WindowWidth = 1, 0, 2000, 3000
        one.add_new("PixelData", "OW" if wide else "OB", data)
        if not wide:
            one["PixelData"].is_undefined_length = True
        if name == "rle":
            one.compress(pydicom.uid.RLELossless)
        file = io.BytesIO()
        pydicom.dcmwrite(file, one, enforce_file_format=True)
        found[f"{name}.dcm"] = file.getvalue()
    return found


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
    content = {"size": {"height": SIZE[0], "width": SIZE[1]}, "objects": [outline, bitmap], "tags": []}
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
    "masks": lambda: {"masks/a.png": MASK, "images/a.png": PICTURE},
    "class-masks": class_masks,
    "roboflow-masks": roboflow_masks,
    "jpeg-masks": jpeg_masks,
}
SPLITS = b"image_id,patient_id,split\na,p1,train\nb,p2,val\nc,p3,test\n"


def write(folder: Path, files: Files) -> None:
    """Lay a case out."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
