"""Label Studio's own JSON: outlines in hundredths, a brush's run lengths, and tasks that nobody has finished."""

import layouts
import numpy as np
import pytest
from layouts import SIZE, blank, only, opened, put_json, put_picture, said

from dentalx.datasets.readers.brush import paint_brush, unpack
from dentalx.errors import InputError


def region(kind, value, size=(10, 20), **more):
    return {"id": "r", "type": kind, "original_height": size[0], "original_width": size[1], "value": value, **more}


def polygon(points, label="tooth", size=(10, 20), **more):
    hundredths = [[100 * x / size[1], 100 * y / size[0]] for x, y in points]
    return region("polygonlabels", {"points": hundredths, "polygonlabels": [label]}, size, **more)


def task(name, *regions, **more):
    named = [{**each, "id": f"r{n}"} if each["id"] == "r" else each for n, each in enumerate(regions)]
    return {"id": 1, "data": {"image": f"/data/upload/3/{name}"}, "annotations": [{"result": named, **more}]}


def write(folder, *tasks):
    put_json(folder / "project-1.json", list(tasks))
    return folder


def packed(mask, lengths=(3, 4, 8, 16)):
    """A brush's run lengths, by the format's description: what repeats as a run, the rest one by one."""
    values = np.zeros((*mask.shape, 4), np.uint8)
    values[..., 3] = mask * 255
    flat, bits = values.ravel().tolist(), [f"{values.size:032b}", f"{7:05b}", *(f"{n - 1:04b}" for n in lengths)]

    def length(count):
        which = next(n for n, width in enumerate(lengths) if count - 1 < 2**width)
        return f"{which:02b}{count - 1:0{lengths[which]}b}"

    start = 0
    while start < len(flat):
        end = start + 1
        while end < len(flat) and flat[end] == flat[start] and end - start < 2**16:
            end += 1
        if end - start > 3:
            bits.append(f"1{length(end - start)}{flat[start]:08b}")
        else:
            end = min(len(flat), start + 8)
            bits.append(f"0{length(end - start)}" + "".join(f"{value:08b}" for value in flat[start:end]))
        start = end
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]


SQUARE = [[2, 1], [8, 1], [8, 6], [2, 6]]


@pytest.mark.parametrize("kind", ["outlines", "brush", "min"])
def test_phantoms_come_back_to_the_pixel(tmp_path, kind):
    phantom = layouts.phantoms(1)[0]
    put_picture(tmp_path / "images" / "1a2b3c4d-é.png", phantom)
    names = [str(fdi) for fdi, _ in layouts.teeth(phantom)]
    regions = []
    for fdi, mask in layouts.teeth(phantom):
        if kind == "brush":
            value = {"format": "rle", "rle": packed(mask), "brushlabels": [str(fdi)]}
            regions.append(region("brushlabels", value, SIZE))
        else:
            regions += [polygon(layouts.pairs(ring), str(fdi), SIZE) for ring in layouts.rings(mask)]
    if kind == "min":
        flat = [{**{k: v for k, v in r.items() if k != "value"}, **r["value"]} for r in regions]
        put_json(tmp_path / "min.json", [{"image": "/data/upload/3/é.png", "id": 1, "label": flat, "annotator": 1}])
        (tmp_path / "images" / "1a2b3c4d-é.png").rename(tmp_path / "images" / "é.png")
    else:
        write(tmp_path, task("1a2b3c4d-%C3%A9.png", *regions))
    expected = phantom.mask([f"tooth_{name}" for name in names])
    np.testing.assert_array_equal(only(opened(tmp_path, *names)), expected)


def test_rectangles_and_ellipses_turned_and_not(tmp_path):
    blank(tmp_path / "a.png", (40, 60))
    box = {"x": 10, "y": 10, "width": 20, "height": 25, "rotation": 0, "rectanglelabels": ["b"]}
    turned = {"x": 50, "y": 50, "width": 20, "height": 10, "rotation": 90, "rectanglelabels": ["t"]}
    ellipse = {"x": 75, "y": 50, "radiusX": 5, "radiusY": 20, "rotation": 0, "ellipselabels": ["e"]}
    kinds = (("rectanglelabels", box), ("rectanglelabels", turned), ("ellipselabels", ellipse))
    write(tmp_path, task("a.png", *(region(kind, value, (40, 60)) for kind, value in kinds)))
    mask = only(opened(tmp_path, "b", "t", "e"))
    assert (mask[4:14, 6:18] == 1).all() and (mask == 1).sum() == 120
    assert (mask[20:32, 26:30] == 2).all() and (mask == 2).sum() == 48  # 12 × 4, turned about its corner (30, 20)
    assert abs((mask == 3).sum() - np.pi * 3 * 8) < 6


def test_what_a_task_may_say(tmp_path):
    for name in "abcd":
        blank(tmp_path / f"{name}.png")
    drawn = region("polygon", {"points": [[10, 10], [40, 10], [40, 60]]}, id="x")
    named = region("labels", {"labels": ["crown", "old"]}, id="x")
    choice = {"id": "y", "type": "choices", "value": {"choices": ["blurred"]}}
    cancelled = task("d.png", polygon(SQUARE), was_cancelled=True)
    twice = task("b.png", polygon(SQUARE))
    twice["annotations"].append({"result": []})
    write(tmp_path, task("a.png", drawn, named, choice), twice, task("c.png", choice), cancelled)
    source = opened(tmp_path)
    assert [record.image_id for record in source.records] == ["a", "b", "c"]
    assert source.classes == ("crown", "tooth") and opened(tmp_path, "old").classes == ("old",)
    assert (source.load(source.records[1]).mask == 2).sum() == 30
    assert source.load(source.records[2]).mask.max() == 0 and "kept as negatives: c.png" in said(source)
    assert "1 task(s) without a finished annotation left out, which are no negatives: /data/upload/3/d.png" in said(
        source
    )
    assert "1 task(s) with several annotations, of which the first is read" in said(source)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (region("keypointlabels", {"x": 1, "y": 1, "width": 1, "keypointlabels": ["p"]}), "a keypoint has no area"),
        (region("polygonlabels", {"points": [[1, 1], [2, 2]], "polygonlabels": ["a"]}), "fewer than three points"),
        (region("polygonlabels", {"points": [[0, 0], [9000, 1], [1, 90]]}), "far outside"),
        (region("polygonlabels", {"points": 3}), "points that are no list"),
        (region("polygonlabels", {"points": [[0, 0], [9, 0], [9, 9]]}, image_rotation=90), "was turned"),
        (region("polygonlabels", {"points": [[0, 0], [40, 40], [90, 0]], "closed": False}), "has no area"),
        (region("brushlabels", {"rle": [1, 2, 3]}), "does not fill its image"),
        (region("brushlabels", {"rle": [1, 999]}), "no list of bytes"),
        (region("brushlabels", {"rle": packed(np.ones((20, 10), bool))}, (20, 10)), "is for 20×10"),
        (region("rectanglelabels", {"x": 1, "y": 1, "width": "1", "height": 3}), "no finite number"),
    ],
)
def test_what_cannot_be_drawn_is_left_out(tmp_path, item, says):
    blank(tmp_path / "a.png")
    with pytest.raises(InputError, match=f"holds no object that can be drawn: .*{says}"):
        opened(write(tmp_path, task("a.png", item)))


def test_brushes_of_every_length_and_damaged_ones():
    for seed in range(12):
        mask = np.random.default_rng(seed).random((7, 11)) < (0.05, 0.5, 0.95)[seed % 3]
        data = bytes(packed(mask, (1 + seed % 4, 5, 9, 16)))
        np.testing.assert_array_equal(paint_brush(data, (7, 11), (7, 11)), mask)
    for bad in (data[:-9], b"", data[:4] + b"\xff" * 40, b"\0\0\1\x34" + b"\xff" * 40):
        with pytest.raises(ValueError, match="brush mask"):
            unpack(bad, 308)
