"""Overlapping classes out of folders, annotations and phantoms, and masks of them written and read again."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.contents import presence
from dentalx.datasets.overlapping import OverlappingFolder, together, write_masks
from dentalx.datasets.phantoms import PhantomSource, write_folders
from dentalx.errors import InputError
from dentalx.labelling import OVERLAPPING
from dentalx.samples import Source
from dentalx.teeth import FDI

CLASSES = ("teeth", "caries")
TEETH, CARIES = np.zeros((2, 20, 40), bool)
TEETH[4:14, 5:30], CARIES[6:9, 10:14] = True, True
BOTH = TEETH.astype(np.uint8) + 2 * CARIES.astype(np.uint8)


def save(path: Path, plane: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(plane.astype(np.uint8) * np.uint8(255)).save(path)


def folders(root: Path, place: str, names: str = "ab") -> Path:
    for name in names:
        save(root / "images" / f"{name}.png", np.linspace(0, 1, 800).reshape(20, 40) > 0.5)
        for each, plane in zip(CLASSES, (TEETH, CARIES), strict=True):
            save(root / place.format(each) / f"{name}.png", plane)
    return root


def opened(data: Path, classes: tuple[str, ...] = CLASSES, **more: object) -> Source:
    return open_source(DataConfig(data=data, classes=classes, overlapping=True, **more), (64, 128))  # type: ignore[arg-type]


def loaded(source: Source) -> np.ndarray:
    return source.load(source.records[0]).mask


@pytest.mark.parametrize("place", ["{}", "masks/{}"])
def test_a_folder_of_masks_for_each_class(tmp_path: Path, place: str) -> None:
    source = opened(folders(tmp_path, place))
    assert source.classes == CLASSES and [record.image_id for record in source.records] == ["a", "b"]
    assert np.array_equal(loaded(source), BOTH)
    assert presence(source)["a"] == frozenset(CLASSES)


def test_classes_are_those_that_have_folders(tmp_path: Path) -> None:
    folders(tmp_path, "masks/{}")
    assert opened(tmp_path, ()).classes == ("caries", "teeth")
    pair = DataConfig(images=tmp_path / "images", masks=tmp_path / "masks", classes=CLASSES, overlapping=True)
    assert np.array_equal(loaded(open_source(pair, (64, 128))), BOTH)


def test_published_splits_are_kept(tmp_path: Path) -> None:
    for split, name in (("train", "a"), ("val", "b"), ("test", "c")):
        folders(tmp_path / split, "masks/{}", name)
    assert [record.split for record in opened(tmp_path).records] == ["train", "val", "test"]


def test_a_picture_without_a_mask_of_every_class_is_left_out(tmp_path: Path) -> None:
    folders(tmp_path, "masks/{}")
    (tmp_path / "masks/caries/b.png").unlink()
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["a"]
    assert any("1 picture(s) without a mask of every class are left out" in note for note in source.notes)


def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path) -> None:
    folders(tmp_path, "masks/{}")
    with pytest.raises(InputError, match="has a folder of masks for teeth, and none for crown"):
        opened(tmp_path, ("teeth", "crown"))
    with pytest.raises(InputError, match=r"for 2 to 30 classes, .* has 1;"):
        open_source(DataConfig(overlapping=True), (64, 128))
    many = tuple(f"tooth_{number}" for number in FDI[:31])
    with pytest.raises(InputError, match=r"for 2 to 30 classes, .* has 31;"):
        open_source(DataConfig(overlapping=True, classes=many), (64, 128))


def test_masks_of_one_class_a_pixel_are_the_same_truth(tmp_path: Path) -> None:
    save(tmp_path / "images/a.png", TEETH)
    (tmp_path / "masks").mkdir()
    top = np.where(CARIES, 2, TEETH).astype(np.uint8)
    Image.fromarray(top).save(tmp_path / "masks/a.png")
    exclusive = open_source(DataConfig(data=tmp_path, classes=CLASSES), (64, 128))
    overlapping = opened(tmp_path)
    assert np.array_equal(loaded(exclusive), top)
    assert np.array_equal(loaded(overlapping), OVERLAPPING.of_exclusive(top, 2))
    assert fingerprint(exclusive) != fingerprint(overlapping)


def test_polygons_of_different_classes_cover_each_other(tmp_path: Path) -> None:
    save(tmp_path / "a.png", TEETH)
    boxes = [(1, (5, 4, 30, 14)), (2, (10, 6, 14, 9)), (2, (12, 6, 16, 9))]
    annotations = [
        {"id": n, "image_id": 1, "category_id": k, "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]], "area": 1,
         "bbox": [x1, y1, x2 - x1, y2 - y1], "iscrowd": 0}
        for n, (k, (x1, y1, x2, y2)) in enumerate(boxes, start=1)
    ]  # fmt: skip
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}],
        "categories": [{"id": k, "name": name} for k, name in enumerate(CLASSES, start=1)],
        "annotations": annotations,
    }
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    mask = loaded(opened(tmp_path))
    wide = np.zeros_like(CARIES)
    wide[6:9, 10:16] = True
    assert np.array_equal(OVERLAPPING.of_class(mask, 1), TEETH)
    assert np.array_equal(OVERLAPPING.of_class(mask, 2), wide)


def test_phantoms_know_what_lies_over_what(tmp_path: Path) -> None:
    source = PhantomSource(1, 3, (64, 128), ("teeth", "mandible", "filling"), labelling=OVERLAPPING)
    mask, phantom = loaded(source), source.phantom(source.records[0])
    for k, name in enumerate(source.classes, start=1):
        assert np.array_equal(OVERLAPPING.of_class(mask, k), phantom.plane(name))
    write_folders(tmp_path, source)
    assert np.array_equal(loaded(opened(tmp_path, source.classes)), mask)


def test_nine_classes_are_written_and_read_again(tmp_path: Path) -> None:
    """Class k is every pixel of column k and of column 9 − k: counted by hand."""
    names = tuple(f"class {k}" for k in range(1, 10))
    planes = np.zeros((9, 20, 40), bool)
    for k in range(1, 10):
        planes[k - 1][:, [k, 9 - k]] = True
        save(tmp_path / "set/masks" / names[k - 1] / "a.png", planes[k - 1])
    save(tmp_path / "set/images/a.png", TEETH)
    source = opened(tmp_path / "set", names)
    mask = loaded(source)
    assert mask.dtype == np.int32
    assert mask[0, :10].tolist() == [1 << 9, *(1 << k | 1 << 9 - k for k in range(1, 9)), 1 << 9]
    assert np.array_equal(OVERLAPPING.unpack(mask, 9), np.moveaxis(planes, 0, -1))
    assert presence(source)["a"] == frozenset(names)
    write_masks(tmp_path / "out", "a", mask, names, OVERLAPPING)
    assert np.array_equal(OverlappingFolder(tmp_path / "out", ["a"], names).read("a"), mask)
    phantoms = PhantomSource(
        1, 3, (64, 128), (*(f"tooth_{number}" for number in FDI[:29]), "teeth"), labelling=OVERLAPPING
    )
    drawn = loaded(phantoms)
    assert np.array_equal(OVERLAPPING.of_class(drawn, 30), phantoms.phantom(phantoms.records[0]).plane("teeth"))
    assert OVERLAPPING.areas(drawn, 30)[:29].sum() <= OVERLAPPING.areas(drawn, 30)[29]


def test_masks_are_written_and_read_again(tmp_path: Path) -> None:
    files = write_masks(tmp_path / "masks", "in/a", BOTH, CLASSES, OVERLAPPING)
    assert files == ["teeth/in/a.png", "caries/in/a.png"]
    write_masks(tmp_path / "flat", "a", BOTH, CLASSES, OVERLAPPING)
    folder = OverlappingFolder(tmp_path / "flat", ["a", "b"], CLASSES)
    assert np.array_equal(folder.read("a"), BOTH) and len(folder.files) == 2 and "b" not in folder.paths
    write_masks(tmp_path / "flat" / "masks", "a", TEETH.astype(np.uint8), ("all",))
    assert np.array_equal(OverlappingFolder(tmp_path / "flat", ["a"], CLASSES).read("a"), BOTH)
    with pytest.raises(InputError, match="has no folder of masks for teeth, caries"):
        OverlappingFolder(tmp_path / "flat" / "teeth", ["a"], CLASSES)


def test_what_any_class_leaves_open_is_open() -> None:
    assert together([np.uint8([[1, 0, 255]]), np.uint8([[255, 0, 1]])]).tolist() == [[255, 0, 255]]
