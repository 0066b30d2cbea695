"""What is kept of an answer, and what is seen of it at a threshold."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from web_models import BRIGHT, NUMBERED, Bright, Numbered

from dentalx.datasets.dicom_spacing import Spacing
from dentalx.errors import InputError
from dentalx.labelling import OVERLAPPING
from dentalx.samples import Prediction
from dentalx.teeth import FDI, PERMANENT
from dentalx.web.chart import tooth_chart
from dentalx.web.drawing import (
    DOWNLOADS,
    SHOWN_PX,
    coco_json,
    mask_png,
    masks_zip,
    overlay_png,
    segmentation_dcm,
    shown,
)
from dentalx.web.looked import Areas, Card, Looked, Measured, Objects, from_found, from_prediction, view
from dentalx.web.picture import SAMPLES, Picture, read_picture, sample, under
from dentalx.web.tables import NO_TEETH, message, result

GREY = np.repeat(np.float32([0.2, 0.6, 0.9, 0.4])[None], 40, 0).repeat(20, 1)  # four stripes of 40 × 20


PICTURE = Picture(GREY)


def bright(picture: Picture = PICTURE) -> Looked:
    return from_prediction(picture, BRIGHT, Bright()("picture", picture.grey))


def numbered(grey: np.ndarray = GREY) -> Looked:
    return from_found(Picture(grey), NUMBERED, Numbered()(grey))


def test_a_threshold_is_moved_without_the_network() -> None:
    looked = bright()
    assert [view(looked, t).rows[0].area_px for t in (0.95, 0.9, 0.6, 0.5, 0.0)] == [0, 800, 1600, 1600, 3200]
    assert view(looked).rows == view(looked, 0.5).rows
    (row,) = view(looked, 0.5).rows
    assert (row.count, row.share, row.area_mm2) == (1, 0.5, None)
    assert row.confidence == pytest.approx(0.75)
    assert view(looked, 0.0).rows[0].confidence == pytest.approx(GREY.mean())


def test_of_several_classes_the_most_probable_where_it_is_probable_enough() -> None:
    probability = np.zeros((1, 3, 3), np.float32)
    probability[0] = [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.0, 0.9]]
    mask = probability.argmax(-1).astype(np.uint8)
    card = Card("two", "semantic", ("a", "b"), 0.0)
    looked = from_prediction(Picture(np.zeros((1, 3), np.float32)), card, Prediction("x", probability, mask))
    assert view(looked).mask.tolist() == mask.tolist() == [[0, 1, 2]]
    assert view(looked, 0.7).mask.tolist() == [[0, 0, 2]]
    assert [row.area_px for row in view(looked, 0.7).rows] == [0, 1]


def overlapping(picture: Picture) -> Looked:
    probability = np.zeros((*picture.grey.shape, 2), np.float32)
    probability[:20], probability[10:30, :40] = (0.9, 0.1), (0.8, 0.5)
    limits = (0.5, 0.25)
    said = Prediction("x", probability, OVERLAPPING.classify(probability, limits), labelling=OVERLAPPING)
    return from_prediction(picture, Card("sets", "semantic", ("teeth", "a/b"), 0.0, thresholds=limits), said)


def test_overlapping_classes_have_thresholds_of_their_own() -> None:
    looked = overlapping(PICTURE)
    first, second = view(looked).rows
    assert (first.area_px, second.area_px) == (2000, 800)
    assert second.confidence == pytest.approx(0.5) and first.count == 1
    assert [row.area_px for row in view(looked, 0.6).rows] == [2000, 0]
    with zipfile.ZipFile(io.BytesIO(masks_zip(looked, view(looked), 0.3))) as archive:
        assert archive.namelist() == ["1-teeth.png", "2-a_b.png"]
        plane = np.asarray(Image.open(io.BytesIO(archive.read("2-a_b.png"))))
    assert np.array_equal(plane == 255, view(looked).mask >= 2)
    assert [name for name, each in DOWNLOADS.items() if each.offered(looked)][:2] == ["masks.zip", "overlay.png"]
    found = json.loads(coco_json(looked, view(looked), 0.3))["annotations"]
    assert [(each["category_id"], each["area"]) for each in found] == [(1, 2000), (2, 800)]
    assert shown(looked, view(looked), 0.3)


def test_nine_overlapping_classes_are_seen_and_taken_along() -> None:
    """Class k is in the first k columns, so that column c has the classes above c."""
    names, limits = tuple(f"class {k}" for k in range(1, 10)), (0.5,) * 9
    probability = np.float32(0.9) * (np.arange(80)[None, :, None] < np.arange(1, 10)).repeat(40, 0)
    said = Prediction("x", probability, OVERLAPPING.classify(probability, limits), labelling=OVERLAPPING)
    looked = from_prediction(PICTURE, Card("sets", "semantic", names, 0.0, thresholds=limits), said)
    seen = view(looked)
    assert [row.area_px for row in seen.rows] == [40 * k for k in range(1, 10)]
    assert [row.confidence for row in seen.rows] == pytest.approx([0.9] * 9)
    with zipfile.ZipFile(io.BytesIO(masks_zip(looked, seen, 0.3))) as archive:
        last = np.asarray(Image.open(io.BytesIO(archive.read("9-class 9.png"))))
    assert np.array_equal(last[0] == 255, np.arange(80) < 9)
    found = json.loads(coco_json(looked, seen, 0.3))["annotations"]
    assert [each["area"] for each in found] == [40 * k for k in range(1, 10)]
    assert shown(looked, seen, 0.3)


def test_objects_come_back_whole() -> None:
    """Masks packed eight pixels a byte, of a width that eight does not divide."""
    grey = np.zeros((40, 83), np.float32)
    looked, found = numbered(grey), Numbered()(grey)
    assert isinstance(looked.said, Objects)
    back = looked.said.at(0.0)
    assert np.array_equal(back.instances.masks, found.instances.masks)
    assert looked.said.packed.nbytes * 7 < found.instances.masks.nbytes
    assert len(looked.said.at(0.6).instances) == 3
    assert [row.count for row in view(looked, 0.6).rows] == [1, 1, 1]


def test_numbers_that_agree() -> None:
    seen = view(numbered(), 0.5, consistent=True)
    assert [row.count for row in seen.rows] == [1, 1, 1]
    assert len(seen.changes) == 2


def dicom(**attributes: object) -> bytes:
    """A calibrated radiograph of somebody with a name; bright in its upper half."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, "1.2.840.10008.5.1.4.1.1.1.1"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = meta.MediaStorageSOPClassUID, "1.2.3", "PX"
    found.StudyInstanceUID, found.SeriesInstanceUID, found.InstanceNumber = "1.2.3.4", "1.2.3.5", 1
    found.PatientName, found.PatientID = "Secret^Sally", "P-4711"
    found.Rows, found.Columns, found.SamplesPerPixel, found.PixelRepresentation = 40, 80, 1, 0
    found.PhotometricInterpretation, found.BitsAllocated, found.BitsStored, found.HighBit = "MONOCHROME2", 16, 12, 11
    found.PixelSpacing, found.PixelSpacingCalibrationType = [0.1, 0.2], "FIDUCIAL"
    found.PixelData = np.repeat(np.uint16([4095, 5]), 1600).tobytes()
    for keyword, value in attributes.items():
        setattr(found, keyword, value)
    file = io.BytesIO()
    pydicom.dcmwrite(file, found, enforce_file_format=True)
    return file.getvalue()


def test_a_dicom_file_and_its_segmentation(tmp_path: Path) -> None:
    """Only the segmentation says whose it is: it belongs to the same patient."""
    looked = bright(read_picture(dicom(), tmp_path))
    seen = view(looked)
    assert seen.rows[0].area_mm2 == pytest.approx(1600 * 0.02)
    files = {name: each.make(looked, seen, 0.3) for name, each in DOWNLOADS.items() if each.offered(looked)}
    assert [name for name, content in files.items() if b"Secret" in content] == ["segmentation.dcm"]
    made = pydicom.dcmread(io.BytesIO(files["segmentation.dcm"]))
    assert (made.SOPClassUID.name, made.StudyInstanceUID) == ("Segmentation Storage", "1.2.3.4")
    assert np.array_equal(made.pixel_array.astype(bool), seen.mask > 0)
    said = result(looked, seen, "t", (0.5, 0.3, False))
    assert "DICOM SEG" in said and "Secret" not in said and "4711" not in said
    assert "segmentation.dcm" not in result(bright(), view(bright()), "t", (0.5, 0.3, False))
    assert list(tmp_path.iterdir()) == []
    broken = bright(read_picture(dicom(StudyInstanceUID=""), tmp_path))
    with pytest.raises(InputError, match=r"the file's header does not allow a DICOM segmentation"):
        segmentation_dcm(broken, view(broken), 0.3)


def test_another_rule_of_grey_is_read_anew(tmp_path: Path) -> None:
    picture = read_picture(dicom(WindowCenter=2048, WindowWidth=8192), tmp_path)
    assert under(picture, "voi", tmp_path) is picture
    assert under(picture, "full", tmp_path).grey.min() < picture.grey.min()
    assert under(PICTURE, "full", tmp_path) is PICTURE


def test_millimetres_only_where_calibrated() -> None:
    for source, area in (("calibrated", 1600 * 0.02), ("ermf", None), ("detector", None), ("unknown", None)):
        spacing = Spacing(0.1, 0.2, source)  # type: ignore[arg-type]
        (row,) = view(bright(Picture(GREY, spacing))).rows
        assert row.area_mm2 == (area if area is None else pytest.approx(area))
    said = result(bright(Picture(GREY, Spacing(0.1, 0.2, "calibrated"))), view(bright()), "t", (0.5, 0.3, False))
    assert "mm²" in said


@pytest.mark.parametrize("looked", [bright(), numbered()], ids=["areas", "objects"])
def test_files_to_take_away(looked: Looked) -> None:
    seen = view(looked)
    with Image.open(io.BytesIO(mask_png(looked, seen, 0.3))) as mask:
        expected = seen.mask * np.uint8(255) if len(looked.card.classes) == 1 else seen.mask
        assert np.array_equal(np.asarray(mask), expected)
    for content, kind in ((overlay_png(looked, seen, 0.3), "PNG"), (shown(looked, seen, 0.3), "JPEG")):
        with Image.open(io.BytesIO(content)) as drawn:
            assert (drawn.size, drawn.format, drawn.getexif()) == ((80, 40), kind, {})
    listed = json.loads(coco_json(looked, seen, 0.3))
    assert [c["name"] for c in listed["categories"]] == list(looked.card.classes)
    assert len(listed["annotations"]) == (4 if seen.found else 1)
    assert set(DOWNLOADS) >= {"mask.png", "overlay.png", "objects.json"}


def test_a_large_picture_is_shown_smaller() -> None:
    looked = numbered(np.zeros((1000, 3 * SHOWN_PX), np.float32))
    with Image.open(io.BytesIO(shown(looked, view(looked), 0.5))) as drawn:
        assert drawn.size == (SHOWN_PX, 333)
        assert np.asarray(drawn)[84:160].any()


def test_colours_lie_where_the_mask_is() -> None:
    grey = np.repeat(np.float32([0.8, 0.1]), 100)[:, None].repeat(400, 1)
    looked = bright(Picture(grey))
    with Image.open(io.BytesIO(shown(looked, view(looked), 0.5))) as drawn:
        pixels = np.asarray(drawn.convert("RGB")).astype(int)
    spread = pixels.max(-1) - pixels.min(-1)
    assert spread[60:90, 100:300].mean() > 20 > spread[120:160, 100:300].mean()


def test_the_chart_has_every_tooth_in_its_place() -> None:
    rows = [Measured("36", 36, 2, 10, 0.1, 0.9, None), Measured("caries", None, 1, 5, 0.1, 0.5, None)]
    drawn = tooth_chart(rows, PERMANENT)
    assert drawn.count("<g ") == 32
    assert drawn.count('class="found shade4"') == 1
    assert "Tooth 36: found 2 times, confidence 0.90, 10 px" in drawn
    assert "Chart of teeth: 1 number found: 36" in drawn
    places = {n: float(drawn.split(f">{n}</text>")[0].rsplit("translate(", 1)[1].split(" ")[0]) for n in PERMANENT}
    assert [n for n in sorted(places, key=lambda n: places[n]) if n < 30] == [*range(18, 10, -1), *range(21, 29)]
    assert all(places[n] == places[n + 30 if n < 20 else n + 10] for n in range(11, 29) if n in places)
    assert tooth_chart([], FDI).count("<g ") == 52
    assert tooth_chart([], (36,)).count('class="unknown"') == 31


def test_words_from_outside_are_escaped() -> None:
    card = Card("<b>", "semantic", ("<script>",), 0.5)
    looked = Looked(Picture(GREY), card, bright().said, ("<i>odd</i>",))
    said = result(looked, view(looked), "token", (0.5, 0.3, False)) + message("<u>")
    assert not [tag for tag in ("<b>", "<script>", "<i>", "<u>") if tag in said]
    assert NO_TEETH in said


def test_samples_are_the_same_every_time() -> None:
    for number in range(len(SAMPLES)):
        assert np.array_equal(sample(number, (64, 128)).grey, sample(number, (64, 128)).grey)
    with pytest.raises(InputError, match="no sample 4"):
        sample(4)


def test_the_readers_file_is_gone(tmp_path: Path) -> None:
    for data in (b"", b"text", b"\x89PNG\r\n\x1a\nbroken"):
        with pytest.raises(InputError, match=r"^the file ") as caught:
            read_picture(data, tmp_path)
        assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_areas_know_what_they_take() -> None:
    looked = bright()
    assert isinstance(looked.said, Areas)
    assert looked.nbytes == GREY.nbytes + 3200 * 5
