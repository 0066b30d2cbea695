"""DICOM segmentation objects: pixels there and back, what they name, the same file each time, refusals of one line."""

import os
import stat
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import dataset, saved

from dentalx.datasets.writers.dicom_seg import MadeBy, read_source, uid, write_segmentation
from dentalx.datasets.writers.segment_codes import PRIVATE, concepts
from dentalx.errors import InputError
from dentalx.inference import classify, predict_folder
from dentalx.inference.segmentations import Segmentations
from dentalx.labelling import EXCLUSIVE, OVERLAPPING
from dentalx.predict_config import PredictConfig
from dentalx.samples import Grey, Prediction
from dentalx.teeth import FDI

CLASSES = ("36", "caries", "calculus")
VALUES = np.random.default_rng(0).integers(0, 4096, (24, 40), np.uint16)
MASK = np.zeros((24, 40), np.uint8)
MASK[3:9, 5:20], MASK[12:20, 30:39] = 1, 3


def radiograph(path: Path, **attributes: object) -> Path:
    uids = {"StudyInstanceUID": "1.2.3.4", "SeriesInstanceUID": "1.2.3.5", "InstanceNumber": 7}
    uids |= {"PixelSpacing": [0.1, 0.1]}
    extra = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Zoë", "StudyDate": "20200102"}
    return saved(path, dataset(VALUES, **{**uids, **extra, **attributes}))


def written(
    path: Path, source: Path, kind: str, mask: np.ndarray = MASK, probability: object = None
) -> pydicom.Dataset:
    by = MadeBy(CLASSES, "run 1", kind)  # type: ignore[arg-type]
    write_segmentation(path, read_source(source), mask, by)
    return pydicom.dcmread(path)


def test_binary_masks_come_back(tmp_path: Path) -> None:
    import highdicom

    source = radiograph(tmp_path / "x.dcm")
    made = written(tmp_path / "seg.dcm", source, "binary")
    assert (made.SegmentationType, made.NumberOfFrames) == ("BINARY", 2)  # of the empty class there is no frame
    frames = made.pixel_array.astype(bool)
    assert np.array_equal(frames[0], MASK == 1) and np.array_equal(frames[1], MASK == 3)
    again = highdicom.seg.segread(tmp_path / "seg.dcm")
    planes = again.get_pixels_by_source_instance(["1.2.3"], assert_missing_frames_are_empty=True)
    assert np.array_equal(planes[0], np.stack([k == MASK for k in (1, 2, 3)], -1))


def test_a_segmentation_names_the_patient_and_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = written(tmp_path / "seg.dcm", radiograph(tmp_path / "x.dcm"), "binary")
    finally:
        os.umask(before)
    assert made.PatientName == "Müller^Zoë"
    assert stat.S_IMODE((tmp_path / "seg.dcm").stat().st_mode) == 0o600


def test_label_maps_come_back(tmp_path: Path) -> None:
    made = written(tmp_path / "seg.dcm", radiograph(tmp_path / "x.dcm"), "labelmap")
    assert np.array_equal(made.pixel_array, MASK)


@pytest.mark.parametrize("channels", [1, 4])
def test_probabilities_come_back(tmp_path: Path, channels: int) -> None:
    probability = np.random.default_rng(1).random((24, 40, channels), np.float32)
    by = MadeBy(CLASSES[: max(1, channels - 1)], "run 1", "fractional")
    write_segmentation(tmp_path / "seg.dcm", read_source(radiograph(tmp_path / "x.dcm")), MASK, by, probability)
    made = pydicom.dcmread(tmp_path / "seg.dcm")
    classes = probability if channels == 1 else probability[..., 1:]
    found = made.pixel_array.reshape(-1, 24, 40) / 255
    assert (made.SegmentationFractionalType, made.MaximumFractionalValue) == ("PROBABILITY", 255)
    assert np.abs(found - classes.transpose(2, 0, 1)).max() <= 0.5 / 255 + 1e-6


def test_segments_of_overlapping_classes_lie_on_each_other(tmp_path: Path) -> None:
    source, sets = read_source(radiograph(tmp_path / "x.dcm")), np.zeros_like(MASK)
    sets[3:9, 5:20], sets[4:6, 7:9], sets[12:20, 30:39] = 0b001, 0b011, 0b111
    planes = OVERLAPPING.unpack(sets, 3)
    write_segmentation(tmp_path / "binary.dcm", source, sets, MadeBy(CLASSES, "run 1", "binary", OVERLAPPING))
    made = pydicom.dcmread(tmp_path / "binary.dcm")
    assert np.array_equal(made.pixel_array.astype(bool), planes.transpose(2, 0, 1))
    assert made.SegmentsOverlap == "YES"
    probability, by = planes.astype(np.float32) * 0.8, MadeBy(CLASSES, "run 1", "fractional", OVERLAPPING)
    write_segmentation(tmp_path / "fractional.dcm", source, sets, by, probability)
    found = pydicom.dcmread(tmp_path / "fractional.dcm").pixel_array / 255
    assert np.abs(found - probability.transpose(2, 0, 1)).max() <= 0.5 / 255 + 1e-6
    with pytest.raises(InputError, match="labelmap holds one class a pixel, and the run's classes overlap"):
        Segmentations(tmp_path, CLASSES, "run 1", "labelmap", OVERLAPPING)


def test_an_empty_mask_is_written_too(tmp_path: Path) -> None:
    made = written(tmp_path / "seg.dcm", radiograph(tmp_path / "x.dcm"), "binary", np.zeros_like(MASK))
    assert not made.pixel_array.any()


def test_it_names_its_source_and_says_what_it_is(tmp_path: Path) -> None:
    made = written(tmp_path / "seg.dcm", radiograph(tmp_path / "x.dcm"), "binary")
    assert (made.PatientID, str(made.PatientName), made.StudyInstanceUID) == ("P-4711", "Müller^Zoë", "1.2.3.4")
    assert (made.Modality, made.InstanceNumber) == ("SEG", 7)
    assert "RESEARCH ONLY, not for diagnosis" in made.SeriesDescription and "run 1" in made.SeriesDescription
    (referred,) = made.ReferencedSeriesSequence
    assert referred.SeriesInstanceUID == "1.2.3.5"
    assert referred.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert made.SeriesInstanceUID not in ("1.2.3.5", "1.2.3.4") and made.SOPInstanceUID.startswith("2.25.")
    tooth, caries, other = made.SegmentSequence
    assert tooth.SegmentedPropertyTypeCodeSequence[0].CodeValue == "866006002"
    assert caries.SegmentedPropertyTypeCodeSequence[0].CodeValue == "80967001"
    assert other.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator == PRIVATE
    assert (other.SegmentLabel, other.SegmentAlgorithmType) == ("calculus", "AUTOMATIC")
    algorithm = tooth.SegmentationAlgorithmIdentificationSequence[0]
    assert algorithm.AlgorithmName == "dentalx run 1" and algorithm.AlgorithmVersion


def test_the_same_gives_the_same_file_and_another_another_uid(tmp_path: Path) -> None:
    source = radiograph(tmp_path / "x.dcm")
    first = written(tmp_path / "a.dcm", source, "binary")
    written(tmp_path / "b.dcm", source, "binary")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()
    other = written(tmp_path / "c.dcm", source, "binary", MASK * np.uint8(0) + np.uint8(1))
    assert other.SOPInstanceUID != first.SOPInstanceUID
    assert other.SeriesInstanceUID == first.SeriesInstanceUID


def test_uids_are_uids() -> None:
    for part in range(50):
        found = uid("x", str(part))
        assert len(found) <= 64 and pydicom.uid.UID(found).is_valid


def test_every_tooth_has_its_own_code() -> None:
    codes = {kind.value for _, kind in concepts(tuple(map(str, FDI)))}
    assert len(codes) == len(FDI)
    assert len({kind.value for _, kind in concepts(("calculus", "crown", "calculus "))}) == 3


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"StudyInstanceUID": ""}, "no usable StudyInstanceUID"),
        ({"SeriesInstanceUID": "Secret"}, "no usable SeriesInstanceUID"),
        ({"StudyInstanceUID": "1." * 40 + "1"}, "no usable StudyInstanceUID"),
        ({"PatientName": "Secret" * 400}, "a PatientName of 2400 characters"),
    ],
)
def test_what_cannot_be_named_is_told_in_one_line(tmp_path: Path, attributes: dict[str, object], words: str) -> None:
    path = radiograph(tmp_path / "x.dcm", **attributes)
    with pytest.raises(InputError, match=words) as caught:
        read_source(path)
    assert "\n" not in str(caught.value) and "Secret" not in str(caught.value)


class Bright:
    """Stands for a `Predictor`: the grey level is the probability."""

    classes, threshold, name, grey = ("teeth",), 0.5, "test", "voi"
    labelling = EXCLUSIVE

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        probability = image[..., None].copy()
        return Prediction(image_id, probability, classify(probability, self.threshold))


def test_predict_writes_them_beside_its_masks(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    paths = [
        radiograph(tmp_path / "in" / "a.dcm"),
        radiograph(tmp_path / "in" / "b.dcm", StudyInstanceUID=""),
    ]
    rows = predict_folder(Bright(), paths, tmp_path / "out", PredictConfig(dicom_seg="binary"))  # type: ignore[arg-type]
    assert [row.status for row in rows] == ["ok", "failed"]
    assert "StudyInstanceUID" in rows[1].reason
    assert [path.name for path in (tmp_path / "out" / "seg").iterdir()] == ["a.dcm"]
    from PIL import Image

    mask = np.asarray(Image.open(tmp_path / "out" / "masks" / "a.png")) > 0
    assert np.array_equal(pydicom.dcmread(tmp_path / "out" / "seg" / "a.dcm").pixel_array.astype(bool), mask)
