"""CVAT for images 1.1: outlines and masks come back; entities and the rest of XML's traps are refused."""

from xml.sax.saxutils import quoteattr

import layouts
import numpy as np
import pytest
from layouts import SIZE, blank, only, opened, pairs, put_picture, rings, said, same_teeth, teeth

from dentalx.errors import InputError
from dentalx.geometry import mask_box

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
USERS = "<owner><username>dr.name</username><email>dr.name@example.org</email></owner>"


def document(images, labels=("caries", "36"), head=HEAD):
    listed = "".join(f"<label><name>{name}</name><color>#ff0000</color></label>" for name in labels)
    meta = f"<meta><task><name>a task</name><labels>{listed}</labels>{USERS}</task></meta>"
    return f"{head}<annotations>\n<version>1.1</version>{meta}{images}</annotations>\n"


def image(drawn, name="a.png", size=(10, 20), subset="Train"):
    sides = f'width="{size[1]}" height="{size[0]}"'
    return f'<image id="0" name={quoteattr(name)} subset="{subset}" {sides}>{drawn}</image>'


def polygon(label, ring, kind="polygon"):
    points = ";".join(f"{x:.2f},{y:.2f}" for x, y in pairs(ring))
    inside = '<attribute name="depth">2</attribute>'
    return f'<{kind} label="{label}" source="manual" occluded="0" points="{points}" z_order="0">{inside}</{kind}>'


def mask_element(label, mask):
    """CVAT's run lengths go row by row through the box."""
    y1, x1, y2, x2 = (int(edge) for edge in mask_box(mask))
    flat = np.concatenate([[False], mask[y1:y2, x1:x2].ravel()])
    changes = np.flatnonzero(np.diff(flat.astype(int)))
    runs = np.diff([0, *changes.tolist(), (y2 - y1) * (x2 - x1)]).tolist()
    box = f'left="{x1}" top="{y1}" width="{x2 - x1}" height="{y2 - y1}"'
    return f'<mask label="{label}" source="manual" rle="{", ".join(map(str, runs))}" {box} z_order="1"></mask>'


def put(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "annotations.xml").write_text(text, "utf-8")


@pytest.mark.parametrize("kind", ["polygon", "mask"])
def test_phantoms_come_back_to_the_pixel(tmp_path, kind):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "images" / "Train" / "a & b.png", phantom)
    drawn = ""
    for fdi, mask in teeth(phantom):
        drawn += mask_element(fdi, mask) if kind == "mask" else "".join(polygon(fdi, ring) for ring in rings(mask))
    names = [fdi for fdi, _ in teeth(phantom)]
    put(tmp_path, document(image(drawn, "a & b.png", SIZE), names))
    source = opened(tmp_path)
    same_teeth(source, phantom)
    assert [record.split for record in source.records] == ["train"]


def test_boxes_ellipses_and_what_has_no_area(tmp_path):
    blank(tmp_path / "a.png", (40, 60))
    box = '<box label="b" xtl="2" ytl="3" xbr="6" ybr="8" z_order="0"/>'
    turned = '<box label="t" xtl="20" ytl="10" xbr="30" ybr="14" rotation="90.0"/>'
    ellipse = '<ellipse label="e" cx="45" cy="20" rx="10" ry="4" rotation="90"/>'
    rest = '<points label="p" points="1,1;2,2"/>' + polygon("l", [0, 0, 5, 5, 9, 0], "polyline")
    put(tmp_path, document(image(box + turned + ellipse + rest, size=(40, 60)), "bte"))
    source = opened(tmp_path, "b", "t", "e")
    mask = only(source)
    assert (mask[3:8, 2:6] == 1).all() and (mask == 1).sum() == 20
    assert (mask[7:17, 23:27] == 2).all() and (mask == 2).sum() == 40  # 4 wide and 10 high about (25, 12)
    assert abs((mask == 3).sum() - np.pi * 40) < 6 and mask[28, 45] == 3
    assert "a points has no area" in said(source) and "a polyline has no area" in said(source)


def test_labels_give_the_order_and_users_are_not_told(tmp_path):
    blank(tmp_path / "a.png")
    put(tmp_path, document(image(polygon("36", [0, 0, 4, 0, 4, 4, 0, 4])), ("caries", "36", "never drawn")))
    source = opened(tmp_path)
    assert source.classes == ("caries", "36", "never drawn") and "dr.name" not in said(source)
    assert (only(source) == 2).sum() == 16
    assert only(opened(tmp_path, "quadrant 3")).sum() == 16


ENTITY = HEAD + '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>\n'
OUTSIDE = HEAD + '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n'
SQUARE = polygon("36", [0, 0, 4, 0, 4, 4])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (document(image(SQUARE), head=ENTITY), "document type or entities"),
        (document(image(SQUARE), head=OUTSIDE), "document type or entities"),
        (document(image(SQUARE))[:-20], "not valid XML"),
        (document(image(SQUARE), head='<?xml version="1.0" encoding="klingon"?>'), "not valid XML"),
        (document(image("<g>" * 40 + "</g>" * 40)), "nested deeper than 32"),
        (document(image(SQUARE) + "<track/>"), "format for video"),
        (document(image(SQUARE, name="../b.png")), "not there, left out"),
        (document(image(SQUARE, name="")), "without a usable file name"),
        (document(image(SQUARE, size=(11, 20))), "are for 11×20"),
        (document(image(SQUARE.replace(' label="36"', ""))), "without a label"),
        (document(image(SQUARE.replace("4.00", "nan"))), "no finite number"),
        (document(image(SQUARE.replace("4.00", "four"))), "in the place of numbers"),
        (document(image('<box label="36" xtl="1" ytl="1" xbr="3"/>')), "without ybr"),
        (document(image('<mask label="36" rle="2" left="0" top="0" width="2" height="2"/>')), "sum to 2"),
        (document(image('<mask label="36" rle="9" left="0" top="0" width="9000" height="9000"/>')), "does not fit"),
        (document(image(SQUARE, name="b.png")), "names no picture that is there"),
    ],
)
def test_refused(tmp_path, text, says):
    blank(tmp_path / "a.png")
    put(tmp_path, text)
    with pytest.raises(InputError, match=says):
        only(opened(tmp_path))


def test_a_higher_z_order_lies_above(tmp_path):
    """Whatever the order of the classes; of equal ones the class named later lies above."""
    blank(tmp_path / "a.png")
    big, small = [0, 0, 8, 0, 8, 8, 0, 8], [2, 2, 6, 2, 6, 6, 2, 6]
    for order, expected in (("10", 16), ("00", 0), ("01", 0)):
        first, second = polygon("caries", small), polygon("36", big)
        first, second = (
            each.replace('z_order="0"', f'z_order="{z}"') for each, z in zip((first, second), order, strict=True)
        )
        put(tmp_path, document(image(first + second)))
        assert (only(opened(tmp_path)) == 1).sum() == expected, order


def test_a_mask_goes_row_by_row_through_its_crop(tmp_path):
    """By hand: a crop of 2 rows and 3 columns at column 4, row 5, whose first pixel is unset."""
    blank(tmp_path / "a.png")
    put(tmp_path, document(image('<mask label="36" rle="1, 4, 1" left="4" top="5" width="3" height="2"/>')))
    expected = np.zeros((10, 20), bool)
    expected[5, 5:7] = expected[6, 4:6] = True
    np.testing.assert_array_equal(only(opened(tmp_path, "36")) > 0, expected)
