"""Pascal VOC's XML: boxes and outlines, and images by the files' own names."""

import numpy as np
import pytest
from layouts import blank, only, opened, said

from dentalx.errors import InputError

BOX = "<bndbox><xmin>2</xmin><ymin>1</ymin><xmax>8</xmax><ymax>6</ymax></bndbox>"


def item(name="tooth", drawn=BOX):
    return f"<object><name>{name}</name><pose>x</pose>{drawn}</object>"


def write(folder, name, *items, filename="a.png", size=(10, 20)):
    sides = f"<size><width>{size[1]}</width><height>{size[0]}</height><depth>1</depth></size>"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<annotation><folder>x</folder><filename>{filename}</filename>{sides}{''.join(items)}</annotation>"
    )
    return folder


def test_boxes_and_outlines(tmp_path):
    for name in ("a", "b", "c"):
        blank(tmp_path / "JPEGImages" / f"{name}.png")
    numbered = "<polygon><x1>2</x1><y1>1</y1><x2>6</x2><y2>1</y2><x3>6</x3><y3>5</y3></polygon>"
    points = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((10, 1), (14, 1), (14, 5), (10, 5)))
    old = f"<polygon><username>dr</username>{points}</polygon>"
    write(tmp_path, "Annotations/a.xml", item(), size=(0, 0))
    write(tmp_path, "Annotations/b.xml", item("crown", BOX + numbered), item("root", old), filename="other.png")
    write(tmp_path, "Annotations/c.xml", filename="C:\\scans\\c.png")
    source = opened(tmp_path)
    assert source.classes == ("crown", "root", "tooth")
    masks = [source.load(record).mask for record in source.records]
    assert (masks[0] == 3).sum() == 30 and (masks[0][1:6, 2:8] == 3).all()
    assert (masks[1] == 2).sum() == 16 and 4 <= (masks[1] == 1).sum() <= 10 and masks[2].max() == 0
    assert "2 of 3 outline(s) are plain rectangles" in said(source) and "kept as negatives: c.png" in said(source)
    assert "b.xml → other.png" in said(source)


def test_masks_say_more(tmp_path):
    for folder in ("JPEGImages", "SegmentationClass"):
        blank(tmp_path / folder / "a.png")
    write(tmp_path, "Annotations/a.xml", item())
    assert (only(opened(tmp_path, layout="voc")) == 1).sum() == 30
    try:
        assert "voc" not in opened(tmp_path).layout
    except InputError as error:
        assert "--format voc" not in str(error)


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ((item("tooth", "<bndbox><xmin>1</xmin></bndbox>"),), "a box without ymin, xmax, ymax"),
        ((item("tooth", BOX.replace("8", "x")),), "a coordinate that is no number"),
        ((item("tooth", BOX.replace("8", "nan")),), "no finite number"),
        ((item("tooth", BOX.replace("8", "2")),), "without area"),
        ((item("tooth", ""),), "nothing drawn"),
        ((item("", BOX),), "an object without a name"),
        (("<a>" * 40 + "</a>" * 40,), "nested deeper"),
        (("<broken>",), "not valid XML"),
    ],
)
def test_refused(tmp_path, items, says):
    blank(tmp_path / "a.png")
    with pytest.raises(InputError, match=says):
        opened(write(tmp_path, "a.xml", *items))
    np.testing.assert_array_equal(only(opened(write(tmp_path, "a.xml", item()))).sum(), 30)
