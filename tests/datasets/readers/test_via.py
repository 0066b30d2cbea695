"""VIA 2 and 3: exports and projects come back, whichever attribute names the classes."""

import layouts
import numpy as np
import pytest
from layouts import blank, only, opened, put_json, put_picture, rings, said, same_teeth, teeth

from dentalx.errors import InputError


def polygon(ring, kind="polygon"):
    return {"name": kind, "all_points_x": ring[0::2], "all_points_y": ring[1::2]}


def region(shape, **attributes):
    return {"shape_attributes": shape, "region_attributes": attributes}


def exported(name, regions):
    """Version 2 keys a picture by its name and its size in bytes."""
    return {f"{name}4321": {"filename": name, "size": 4321, "regions": regions, "file_attributes": {}}}


def project_3(name, shapes):
    """Version 3: (numbers, option) of each region."""
    metadata = {
        f"1_{i}": {"vid": "1", "flg": 0, "z": [], "xy": numbers, "av": {"1": option}}
        for i, (numbers, option) in enumerate(shapes)
    }
    return {
        "project": {"pid": "__VIA_PROJECT_ID__", "data_format_version": "3.1.1"},
        "attribute": {"1": {"aname": "finding", "type": 4, "options": {"0": "caries", "1": "36"}}},
        "file": {"1": {"fid": "1", "fname": name, "type": 2, "loc": 1, "src": ""}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": metadata | {"1_z": {"vid": "1", "flg": 0, "z": [], "xy": [], "av": {}}},
    }


@pytest.mark.parametrize("kind", ["list", "object", "project"])
def test_phantoms_come_back_to_the_pixel(tmp_path, kind):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "pictures" / "a b.png", phantom)
    regions = [region(polygon(ring), label=str(fdi)) for fdi, mask in teeth(phantom) for ring in rings(mask)]
    listed = {str(i): each for i, each in enumerate(regions)} if kind == "object" else regions
    content = exported("a b.png", listed)
    if kind == "project":
        content = {"_via_settings": {"ui": {}}, "_via_img_metadata": content, "_via_attributes": {"region": {}}}
    put_json(tmp_path / "via_export.json", content)
    same_teeth(opened(tmp_path), phantom)


def test_version_3_comes_back_to_the_pixel(tmp_path):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "a.png", phantom)
    shapes = [([7, *ring], str(fdi)) for fdi, mask in teeth(phantom) for ring in rings(mask)]
    put_json(tmp_path / "project.json", project_3("a.png", shapes))
    same_teeth(opened(tmp_path), phantom)


def test_every_kind_of_shape(tmp_path):
    blank(tmp_path / "a.png", (40, 60))
    open_line, closed = [1, 30, 5, 30, 5, 35], [50, 30, 54, 30, 54, 34, 50, 34, 50, 30]
    shapes = {
        "rect": {"name": "rect", "x": 2, "y": 3, "width": 4, "height": 5},
        "circle": {"name": "circle", "cx": 20, "cy": 10, "r": 6},
        "ellipse": {"name": "ellipse", "cx": 40, "cy": 20, "rx": 10, "ry": 4, "theta": np.pi / 2},
        "closed": polygon(closed, "polyline"),
        "point": {"name": "point", "cx": 1, "cy": 1},
        "line": polygon(open_line, "polyline"),
    }
    put_json(tmp_path / "v.json", exported("a.png", [region(shape, label=name) for name, shape in shapes.items()]))
    source = opened(tmp_path, "rect", "circle", "ellipse", "closed")
    mask = only(source)
    assert (mask[3:8, 2:6] == 1).all() and (mask == 1).sum() == 20
    assert abs((mask == 2).sum() - np.pi * 36) < 6
    assert abs((mask == 3).sum() - np.pi * 40) < 6 and mask[28, 40] == 3 and mask[20, 48] == 0  # turned upright
    assert (mask == 4).sum() == 16
    assert "a point has no area" in said(source) and "a polyline has no area" in said(source)
    three = [([2, 2, 3, 4, 5], "0"), ([3, 20, 10, 6], "1"), ([1, 1, 1], "0")]
    put_json(tmp_path / "v.json", project_3("a.png", three))
    mask = only(opened(tmp_path, "caries", "36"))  # numbers of options became their names
    assert (mask == 1).sum() == 20 and abs((mask == 2).sum() - np.pi * 36) < 6


def test_the_attribute_on_most_regions_gives_the_classes(tmp_path):
    blank(tmp_path / "a.png")
    squares = [polygon([x, 1, x + 2, 1, x + 2, 3, x, 3]) for x in (1, 5, 9, 13)]
    regions = [
        region(squares[0], tooth="36", finding="caries"),
        region(squares[1], tooth="36", finding="crown", note=""),
        region(squares[2], tooth={"46": True, "47": False}),
        region(squares[3]),
    ]
    put_json(tmp_path / "v.json", exported("a.png", regions))
    source = opened(tmp_path)
    assert set(source.classes) == {"36", "46", "object"}
    assert "tooth (on 3), finding (on 2); tooth gives the classes" in said(source)
    assert "1 region(s) have no tooth" in said(source)
    assert only(opened(tmp_path, "caries")).sum() == 4 and only(opened(tmp_path, "teeth")).sum() == 12
    put_json(tmp_path / "v.json", exported("a.png", [region(squares[0], tooth="36", type="caries")]))
    assert opened(tmp_path).classes == ("caries",)  # as many of both: the name decides
    put_json(tmp_path / "v.json", exported("a.png", [region(squares[0])]))
    source = opened(tmp_path)
    assert source.classes == ("object",) and "no region has a label" in said(source)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (exported("../b.png", []), r"not there, left out: \.\./b.png"),
        (exported("https://x.org/b.png", []), "not there, left out: https://x.org/b.png"),
        (exported("a.png", 3), "regions that are no list"),
        (exported("a.png", [3]), "expected an object, got int"),
        (exported("a.png", [region({"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]})]), "2 x and 1 y"),
        (exported("a.png", [region({"name": "circle", "cx": 1, "cy": "2", "r": 3})]), "no finite number"),
        (exported("b.png", []), "names no picture that is there"),
        (project_3("a.png", [([7, 1, float("inf")], "0")]), "no finite number"),
        (project_3("a.png", []) | {"view": {"1": {"fid_list": ["9"]}}}, "not of one listed file"),
        ([{"region_attributes": {}}], "must be a JSON object"),
    ],
)
def test_refused(tmp_path, content, says):
    blank(tmp_path / "a.png")
    put_json(tmp_path / "v.json", content)
    with pytest.raises(InputError, match=says):
        opened(tmp_path, layout="via")
