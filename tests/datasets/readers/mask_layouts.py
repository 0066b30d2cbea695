"""Writes phantoms in the layouts whose truth is mask files, file by file as they are published."""

import numpy as np
from layouts import SIZE, phantoms
from PIL import Image

COLOUR = (53, 119, 181)  # of the children's set
WHITE = 255


def grey(phantom):
    return np.rint(phantom.image * 255).astype(np.uint8)


def put(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else "PNG"
    Image.fromarray(pixels).save(path, format=kind, **options)


def white(plane):
    return plane.astype(np.uint8) * np.uint8(WHITE)


def coloured(plane, colour=COLOUR):
    return np.uint8([(0, 0, 0), colour])[plane.astype(np.uint8)]


def drawn(count):
    """Phantoms and their teeth, as (number from 1, phantom, plane)."""
    return [(n, each, each.plane("teeth")) for n, each in enumerate(phantoms(count), start=1)]


def numbered(source, record):
    """The phantom behind a record, by the number in its picture's name."""
    return phantoms(int(record.image.name.split(".")[0].split("_")[0]))[-1]


def splits(source):
    return {record.image.name: record.split for record in source.records}


def abdi(root, count=3):
    """Images/N.png and, by two dentists, SegmentationK/N.png: the radiograph times the mask of the mandible."""
    for n, phantom, _ in drawn(count):
        jaw, picture = phantom.plane("mandible"), grey(phantom)
        put(root / "Images" / f"{n}.png", picture)
        put(root / "Segmentation1" / f"{n}.png", picture * jaw)
        put(root / "Segmentation2" / f"{n}.png", picture * np.roll(jaw, 1, 0))


def tufts(root, count=2):
    """Radiographs/N.JPG, JPEG masks with another suffix, and 1051 whose mask is of another picture."""
    for n, phantom, teeth in drawn(count):
        name = 1051 if n == count else n
        put(root / "Radiographs" / f"{name}.JPG", grey(phantom), quality=95)
        put(root / "Segmentation" / "teeth_mask" / f"{name}.jpg", white(teeth), quality=95)
        both = phantom.plane("mandible") | phantom.plane("maxilla")
        put(root / "Segmentation" / "maxillomandibular" / f"{name}.jpg", white(both), quality=95)


def dc1000(root, count=2, highest=1):
    """images, labels, images_cut, labels_cut, and boxes as text."""
    for n, phantom, teeth in drawn(count):
        for end, cut in (("", np.s_[:]), ("_cut", np.s_[8:56, 16:112])):
            put(root / f"images{end}" / f"{n}.png", grey(phantom)[cut])
            put(root / f"labels{end}" / f"{n}.png", teeth[cut].astype(np.uint8) * np.uint8(highest))
        boxes = root / "annotations" / "bboxes_caries" / f"{n}.txt"
        boxes.parent.mkdir(parents=True, exist_ok=True)
        boxes.write_text("1 2 30 40\n")


def children(root, apostrophe="'"):
    """Three parts; the children's masks in colour, `_pseudo` of whole teeth; mask, masks; an apostrophe in a name."""
    adult = root / "Adult tooth segmentation dataset"
    child = root / f"Children{apostrophe}s dental caries segmentation dataset"
    for n, phantom, teeth in drawn(3):
        picture, caries = grey(phantom), phantom.plane("mandible")
        put(adult / "Archive" / "images" / f"{n}.png", picture)
        put(adult / "Archive" / "mask" / f"{n}.png", white(teeth))
        split = "test" if n == 3 else "train"
        put(adult / "Dataset and code" / split / "images" / f"{n}.png", picture)
        put(adult / "Dataset and code" / split / "masks" / f"{n}.png", white(teeth))
        put(adult / "Dataset and code" / split / "masks_supplementary" / f"{n}.png", white(teeth))
        put(adult / "Panoramic radiography database" / "images" / f"{n}.png", picture)
        put(adult / "Panoramic radiography database" / "mask" / f"{n}.png", white(teeth))
        part = child / ("Train", "Test", "Supplemental content-93")[n - 1]
        put(part / "images" / f"{n}.png", picture)
        put(part / "mask" / f"{n}.png", coloured(caries))
        put(part / "mask" / f"{n}_pseudo.png", coloured(teeth))


def mohamedali(root):
    """train_mask beside test_masks, Update_Test, names that keep their .jpg, values 0 and 255."""
    inside = root / "Dental segmentation_X-ray panoramic" / "Data Dental X_Ray_Panoramic"
    places = (("train", "train_images", "train_mask"), ("valid", "valid_images", "valid_mask"))
    for (n, phantom, teeth), (split, images, masks) in zip(
        drawn(3), (*places, ("Update_Test", "test_images", "test_masks")), strict=True
    ):
        put(inside / split / images / f"{n}.jpg", grey(phantom), quality=95)
        put(inside / split / masks / f"{n}.jpg_mask.png", white(teeth))


def nested(root):
    """The same pictures elsewhere: masks inside the folders of their pictures, one of them misnamed."""
    for (n, phantom, teeth), (split, masks) in zip(
        drawn(3), (("train", "train_mask"), ("valid", "train_mask"), ("test", "test_mask")), strict=True
    ):
        put(root / "DXR" / "Dental_X_Ray" / split / f"{n}.jpg", grey(phantom), quality=95)
        put(root / "DXR" / "Dental_X_Ray" / split / masks / f"{n}.jpg_mask.png", white(teeth))


def ufba(root):
    """set/train/images and masks, JPEG both, and nothing called test."""
    for n, phantom, teeth in drawn(3):
        put(root / "dataset_and_code" / "test" / "set" / "train" / "images" / f"{n:06}.jpg", grey(phantom), quality=95)
        put(root / "dataset_and_code" / "test" / "set" / "train" / "masks" / f"{n:06}.jpg", white(teeth), quality=95)


def roboflow(root):
    """x.jpg beside x_mask.png with indices, and a list of classes a split, which number them differently."""
    lists = {"train": ("background", "teeth", "mandible"), "valid": ("background", "mandible", "teeth")}
    for (n, phantom, _), (split, names) in zip(drawn(2), lists.items(), strict=True):
        name = f"{n}_jpg.rf.{n:032x}"
        put(root / split / f"{name}.jpg", grey(phantom), quality=95)
        indices = np.zeros(SIZE, np.uint8)
        for each in ("teeth", "mandible"):
            indices[phantom.plane(each)] = names.index(each)
        put(root / split / f"{name}_mask.png", indices)
        rows = "".join(f"{index}, {each}\n" for index, each in enumerate(names))
        (root / split / "_classes.csv").write_text("Pixel Value, Class\n" + rows)


def cvat(root, palette=False):
    """labelmap.txt, ImageSets/Segmentation/*.txt, JPEGImages, SegmentationClass in VOC colours."""
    colours = {"background": (0, 0, 0), "teeth": (128, 0, 0), "mandible": (0, 128, 0)}
    lines = "".join(f"{name}:{','.join(map(str, colour))}::\n" for name, colour in colours.items())
    put(root / "SegmentationObject" / "1.png", np.zeros((*SIZE, 3), np.uint8))
    (root / "labelmap.txt").write_text("# label:color_rgb:parts:actions\n" + lines)
    sets = root / "ImageSets" / "Segmentation"
    sets.mkdir(parents=True)
    for n, phantom, _ in drawn(2):
        put(root / "JPEGImages" / f"{n}.jpg", grey(phantom), quality=95)
        indices = phantom.mask(("teeth", "mandible"))
        if palette:
            image = Image.fromarray(indices, "P")
            image.putpalette([channel for colour in colours.values() for channel in colour])
            (root / "SegmentationClass").mkdir(exist_ok=True)
            image.save(root / "SegmentationClass" / f"{n}.png")
        else:
            put(root / "SegmentationClass" / f"{n}.png", np.uint8(list(colours.values()))[indices])
        (sets / f"{('train', 'val')[n - 1]}.txt").write_text(f"{n}\n")
