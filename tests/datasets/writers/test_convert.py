"""One layout into another: masks to the pixel where the layout can, the loss told where it cannot."""

import csv
import json
import os
import stat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dentalx.cli import main
from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.images import read_grey
from dentalx.datasets.phantoms import PhantomSource, write_coco, write_folders
from dentalx.datasets.readers.raster import compress, fill, paint_runs
from dentalx.datasets.writers import WRITERS, Job, YoloWriter, convert
from dentalx.datasets.writers.outlines import trace
from dentalx.datasets.writers.pictures import levels_of, put_picture, safe_names
from dentalx.errors import InputError

SIZE = (9, 14)
CLASSES = ("caries", "11", "crown")


def opened(folder, *classes, **more):
    return open_source(DataConfig(data=folder, classes=classes, **more), (64, 64))


def put(folder, pictures, splits=None):
    """A COCO set: {name: [(class, mask, crowd), …]}."""
    images, annotations = [], []
    for number, (name, objects) in enumerate(pictures.items()):
        path = folder / "images" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(SIZE, number + 1, np.uint8)).save(path)
        images.append({"id": number, "file_name": path.name, "height": SIZE[0], "width": SIZE[1]})
        for label, mask, crowd in objects:
            runs = {"size": list(SIZE), "counts": compress(mask)}
            item = {"id": len(annotations), "image_id": number, "category_id": CLASSES.index(label), "iscrowd": crowd}
            annotations.append(item | {"segmentation": runs})
    categories = [{"id": i, "name": name} for i, name in enumerate(CLASSES)]
    info = {"description": "dentalx"}  # which is trusted to mean crowds by iscrowd
    content = {"info": info, "images": images, "annotations": annotations, "categories": categories}
    (folder / "all.json").write_text(json.dumps(content))
    return folder


def written(folder, output, to, *classes, **options):
    source = opened(folder, *classes)
    writer = WRITERS[to](source.classes, source.name)
    return convert(Job(source, tuple(source.records), writer, output, {"to": to}, **options))


def objects_of(folder):
    """(picture, class, mask, crowd) of every annotation of the COCO files in a folder, as written, read by hand."""
    found = []
    for path in sorted((folder / "annotations").glob("*.json")):
        content = json.loads(path.read_text())
        names = {c["id"]: c["name"] for c in content["categories"]}
        files = {i["id"]: i["file_name"] for i in content["images"]}
        assert [a["id"] for a in content["annotations"]] == list(range(1, len(content["annotations"]) + 1))
        for a in content["annotations"]:
            mask = paint_runs(a["segmentation"]["counts"], tuple(a["segmentation"]["size"]), SIZE)
            y, x = np.nonzero(mask)
            assert a["area"] == mask.sum()
            assert a["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
            found.append((files[a["image_id"]], names[a["category_id"]], mask.tobytes(), a["iscrowd"]))
    return sorted(found)


MASKS = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.5, 0.9])).map(
    lambda drawn: np.random.default_rng(drawn[0]).random(SIZE) < drawn[1]
)
SETS = st.dictionaries(
    st.sampled_from("abcde"),
    st.lists(st.tuples(st.sampled_from(CLASSES), MASKS, st.integers(0, 1)), max_size=5),
    min_size=1,
    max_size=3,
).filter(lambda pictures: any(pictures.values()))


@given(SETS)
@settings(max_examples=15, deadline=None)
def test_objects_come_back_to_the_pixel(tmp_path_factory, pictures):
    """Overlaps, holes, parts, crowds and empty pictures, through COCO, LabelMe, folders and YOLO."""
    folder = put(tmp_path_factory.mktemp("set"), pictures)
    source = opened(folder)
    truth = {r.image_id: source.load(r).mask for r in source.records}
    for to in WRITERS:
        output = folder.parent / f"{folder.name}-{to}"
        written(folder, output, to)
        names = source.classes if to in ("coco", "folders", "yolo") else ()
        again = opened(output, *names)
        if to == "labelme" and set(again.classes) != set(CLASSES):
            continue  # a class without an object is not known there
        again = opened(output, *source.classes)
        assert [r.image_id for r in again.records] == sorted(pictures)
        if to == "yolo":
            continue
        for record in again.records:
            np.testing.assert_array_equal(again.load(record).mask, truth[record.image_id])
    expected = [
        (f"{name}.png", label, mask.tobytes(), crowd)
        for name, found in pictures.items()
        for label, mask, crowd in found
        if mask.any()
    ]
    assert objects_of(folder.parent / f"{folder.name}-coco") == sorted(expected)
    check_yolo(folder.parent / f"{folder.name}-yolo", pictures)


def check_yolo(output, pictures):
    """Each row of loss.csv is what one finds by filling the lines of the text file."""
    rows = list(csv.DictReader((output / "loss.csv").read_text().splitlines()))
    for name, found in pictures.items():
        lines = [line.split() for line in (output / "labels" / f"{name}.txt").read_text().splitlines()]
        own = [row for row in rows if row["picture"] == name]
        ordered = sorted(found, key=lambda item: CLASSES.index(item[0]))
        assert len(own) == len(ordered) and sum(int(row["parts"]) for row in own) == len(lines)
        for row, (label, mask, _) in zip(own, ordered, strict=True):
            again = np.zeros(SIZE, bool)
            for line in [lines.pop(0) for _ in range(int(row["parts"]))]:
                assert CLASSES[int(line[0])] == label == row["class"]
                again |= fill([float(v) * SIZE[1 - i % 2] for i, v in enumerate(line[1:])], SIZE)
            lost, gained = (mask & ~again).sum(), (again & ~mask).sum()
            assert (lost, gained) == (int(row["pixels_lost"]), int(row["pixels_gained"]))
            assert lost == 0 and (gained > 0) == (int(row["holes_filled"]) > 0)


@given(MASKS)
@settings(max_examples=300, deadline=None)
def test_outlines_fill_to_the_mask(mask):
    found, again = trace(mask), np.zeros(SIZE, bool)
    for ring in (*found.parts, *found.holes):  # a part may lie in a hole of another
        again ^= fill(ring.ravel().tolist(), SIZE)
    np.testing.assert_array_equal(again, mask)


def test_yolo_s_loss_with_fewer_corners(tmp_path):
    write_coco(tmp_path / "set", PhantomSource(2, 3, (64, 128)))
    source = opened(tmp_path / "set", "teeth")
    writer = YoloWriter(source.classes, tolerance_px=1.0)
    outcome = convert(Job(source, tuple(source.records), writer, tmp_path / "out", {}))
    rows = list(csv.DictReader((tmp_path / "out" / "loss.csv").read_text().splitlines()))
    lost, gained = (sum(int(row[name]) for row in rows) for name in ("pixels_lost", "pixels_gained"))
    assert lost and gained and f"{lost} of " in outcome.notes[0] and f" {gained} gained" in outcome.notes[0]
    again = opened(tmp_path / "out", "teeth")
    for record in source.records:
        truth = source.load(record).mask.astype(int)
        twin = next(r for r in again.records if r.image_id == record.image_id)
        difference = again.load(twin).mask.astype(int) - truth
        assert -lost <= difference.sum() <= gained and difference.any()


def test_folders_tell_what_overlapping_classes_lose(tmp_path):
    mask = np.zeros(SIZE, bool)
    mask[2:6, 2:8] = True
    put(tmp_path / "set", {"a": [("caries", mask, 0), ("crown", np.roll(mask, 3, 1), 0)], "b": []})
    outcome = written(tmp_path / "set", tmp_path / "out", "folders")
    assert outcome.notes[0].startswith("12 pixel(s) in 1 picture(s) lie in several classes")
    table = (tmp_path / "out" / "loss.csv").read_text()
    assert table == "picture,class,pixels_kept,pixels_lost\na,caries,12,12\n"
    assert json.loads((tmp_path / "out" / "masks" / "classes.json").read_text()) == ["background", *CLASSES]


def test_semantic_masks_become_one_object_a_class(tmp_path):
    write_folders(tmp_path / "set", PhantomSource(2, 3, (64, 128), ("teeth", "mandible")))
    source = opened(tmp_path / "set")
    outcome = written(tmp_path / "set", tmp_path / "out", "coco")
    assert any("do not tell objects apart" in note for note in outcome.notes)
    content = json.loads((tmp_path / "out" / "annotations" / "instances.json").read_text())
    assert len(content["annotations"]) == 4
    again = opened(tmp_path / "out", *source.classes)
    for one, other in zip(source.records, again.records, strict=True):
        np.testing.assert_array_equal(source.load(one).mask, again.load(other).mask)


def test_unlabelled_pixels_stay_in_folders_and_are_told_elsewhere(tmp_path):
    mask = np.zeros(SIZE, np.uint8)
    mask[:2], mask[4:6] = 1, 255
    for name, values in (("images", mask // 2), ("masks", mask)):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.fromarray(values).save(tmp_path / "set" / name / "a.png")
    written(tmp_path / "set", tmp_path / "out", "folders", "teeth")
    again = opened(tmp_path / "out")
    np.testing.assert_array_equal(again.load(again.records[0]).mask, mask)
    outcome = written(tmp_path / "set", tmp_path / "coco", "coco", "teeth")
    assert any(note.startswith("28 pixel(s) marked unlabelled in 1 picture(s)") for note in outcome.notes)


@pytest.mark.parametrize("to", WRITERS)
def test_splits_are_kept(tmp_path, to):
    mask = np.ones(SIZE, bool)
    folder = put(tmp_path / "set", {"a": [("11", mask, 0)], "b": [("11", mask, 0)], "c": [("11", mask, 0)]})
    (tmp_path / "splits.csv").write_text("image_id,patient_id,split\na,p,train\nb,p,train\nc,q,test\n")
    words = ["convert", "--data", str(folder), "--output", str(tmp_path / "out"), "--to", to]
    assert main([*words, "--splits", str(tmp_path / "splits.csv")]) == 0
    again = opened(tmp_path / "out", "11")
    assert [(r.image_id, r.split) for r in again.records] == [("a", "train"), ("b", "train"), ("c", "test")]
    text = (tmp_path / "out" / "splits.csv").read_text()
    assert text == "image_id,patient_id,split\na,p,train\nb,p,train\nc,q,test\n"
    assert json.loads((tmp_path / "out" / "conversion.json").read_text())["splits"] == {"test": 1, "train": 2}


def test_interrupted_conversions_go_on(tmp_path):
    pictures = {name: [("crown", np.eye(*SIZE, dtype=bool), 0)] for name in "abcdef"}
    folder = put(tmp_path / "set", pictures)
    source = opened(folder)
    job = Job(source, tuple(source.records), WRITERS["coco"](source.classes, ""), tmp_path / "out", {"to": "coco"})

    def stop(done, of):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(job, stop)
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".part"]
    other = Job(source, job.records, WRITERS["yolo"](source.classes, ""), job.output, {"to": "yolo"})
    with pytest.raises(InputError, match="unfinished conversion of other data or with other options"):
        convert(other)
    with (tmp_path / "out" / ".part" / "journal.jsonl").open("a") as file:
        file.write('{"id": "cut sho')
    outcome = convert(job)
    assert (outcome.pictures, outcome.resumed) == (6, 3)
    whole = Job(source, job.records, job.writer, tmp_path / "whole", {"to": "coco"})
    convert(whole)
    for path in (tmp_path / "whole").rglob("*"):
        if path.is_file():
            assert (tmp_path / "out" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()
    assert not (tmp_path / "out" / ".part").exists()
    with pytest.raises(InputError, match="is not empty; give a new folder"):
        convert(job)


def test_bad_pictures_are_listed_and_the_others_done(tmp_path, capsys):
    folder = put(tmp_path / "set", {name: [("crown", np.ones(SIZE, bool), 0)] for name in "abc"})
    broken = folder / "images" / "b.png"
    broken.write_bytes(broken.read_bytes()[:-30])
    words = ["convert", "--data", str(folder), "--output", str(tmp_path / "out"), "--to", "coco"]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "b is left out" in said.err and "truncated or damaged" in said.err and "2 of 3 pictures" in said.out
    assert [r.image_id for r in opened(tmp_path / "out").records] == ["a", "c"]
    assert json.loads((tmp_path / "out" / "conversion.json").read_text())["failed"] == ["b"]


def test_pictures_are_copied_as_they_are_unless_turned(tmp_path):
    images, masks = tmp_path / "set" / "images", tmp_path / "set" / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    plane = np.arange(200, dtype=np.uint8).reshape(10, 20)
    exif = Image.Exif()
    exif[274], exif[270] = 6, "Jane Doe"
    Image.fromarray(plane).save(images / "turned.png", exif=exif)
    Image.fromarray(plane).save(images / "plain.png", pnginfo=None)
    Image.fromarray(np.zeros((20, 10), np.uint8)).save(masks / "turned.png")
    Image.fromarray(np.zeros((10, 20), np.uint8)).save(masks / "plain.png")
    outcome = written(tmp_path / "set", tmp_path / "out", "folders")
    copied = (tmp_path / "out" / "images" / "plain.png").read_bytes()
    assert copied == (images / "plain.png").read_bytes()
    turned = tmp_path / "out" / "images" / "turned.png"
    np.testing.assert_array_equal(np.array(Image.open(turned)), np.rot90(plane, -1))
    assert b"Jane" not in turned.read_bytes() and b"eXIf" not in turned.read_bytes()
    assert any("1 picture(s), DICOM or stored turned, written as upright grey PNG" in n for n in outcome.notes)
    linked = written(tmp_path / "set", tmp_path / "linked", "folders", link=True)
    assert (tmp_path / "linked" / "images" / "plain.png").samefile(images / "plain.png")
    assert any("same files under a second name" in note for note in linked.notes)


def test_drawn_planes_are_read_alike(tmp_path):
    for high, levels in ((1.0, 256), (1.0, 4096), (0.5, 60_000), (0.1, 256)):
        plane = (np.random.default_rng(0).integers(0, levels, (20, 30)) / (levels - 1) * high).astype(np.float32)
        Image.fromarray(levels_of(plane)).save(tmp_path / "a.png")
        step = 1 / 255 if high < 0.25 or levels == 256 else 1 / 65_535
        np.testing.assert_allclose(read_grey(tmp_path / "a.png"), plane, atol=0.51 * step)


@given(st.lists(st.text(st.characters(exclude_characters="/\\"), min_size=1), unique=True, max_size=20))
@settings(max_examples=100, deadline=None)
def test_names_can_be_file_names_anywhere(names):
    safe = safe_names(names)
    assert len({name.casefold() for name in safe.values()}) == len(names)
    for name in safe.values():
        assert 0 < len(name.encode()) < 140 and not set(name) & set('<>:"/\\|?*\0\n')
        assert name == name.strip(". ") and name.upper() not in ("CON", "NUL", "COM1")
    assert safe_names(["a", "A", "aux.b"]) == {"a": "a", "A": "A_2", "aux.b": "_aux.b"}


def test_names_that_a_layout_would_misread(tmp_path):
    folder = put(tmp_path / "set", {"a_mask": [("crown", np.ones(SIZE, bool), 0)]})
    with pytest.raises(InputError, match="takes for a mask; rename it"):
        written(folder, tmp_path / "out", "roboflow-masks")
    (folder / "images" / "a_mask.png").rename(folder / "images" / "conversion.png")
    (folder / "all.json").write_text((folder / "all.json").read_text().replace("a_mask", "conversion"))
    written(folder, tmp_path / "labelme", "labelme")
    assert [r.image_id for r in opened(tmp_path / "labelme").records] == ["conversion"]


def test_output_is_judged(tmp_path):
    folder = put(tmp_path / "set", {"a": [("crown", np.ones(SIZE, bool), 0)]})
    words = ["convert", "--to", "coco", "--output"]
    assert main([*words, str(tmp_path / "out")]) == 2
    assert main([*words, str(folder), "--data", str(folder)]) == 2
    assert main([*words, str(folder / "all.json"), "--data", str(folder)]) == 2
    assert main([*words, str(tmp_path / "out"), "--data", str(folder), "--tolerance", "1"]) == 2
    assert not (tmp_path / "out").exists()


def test_nobody_may_read_a_copy_who_may_not_read_its_source(tmp_path):
    source, before = tmp_path / "x.png", os.umask(0o022)
    try:
        for mode, wanted in ((0o600, 0o600), (0o640, 0o640), (0o666, 0o644), (0o400, 0o600)):
            source.write_bytes(b"x")
            source.chmod(mode)
            assert put_picture(source, tmp_path / f"{mode}.png", link=False) == "copied"
            assert stat.S_IMODE((tmp_path / f"{mode}.png").stat().st_mode) == wanted
            source.chmod(0o600)
    finally:
        os.umask(before)
