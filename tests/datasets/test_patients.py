"""Patients of DICOM pictures: grouped by a code, never by what the file says."""

import re

import numpy as np
import pytest
from dicom_files import RAMP, written
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import fingerprint, open_source
from dentalx.datasets.dicom import raw_patient_id
from dentalx.datasets.splits import read_splits, split_by_patient, write_splits
from dentalx.errors import InputError

CODE = re.compile(r"patient-[0-9a-f]{16}")


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures of six patients, and two that say nobody, with masks; DICOM without suffixes."""
    for i in range(14):
        who = {"PatientID": f"P-{i // 2}"} if i < 12 else {"PatientID": "ANONYMOUS"}
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "masks").mkdir(exist_ok=True)
        written(tmp_path / "images" / f"IM{i:04}", RAMP, **who)
        Image.fromarray(np.uint8(RAMP > 2000) * 255).save(tmp_path / "masks" / f"IM{i:04}.png")
    return tmp_path


def config(folder, **options):
    options.setdefault("salt", folder / "salt")
    return DataConfig(images=folder / "images", masks=folder / "masks", **options)


def patients(source):
    return [record.patient_id for record in source.records]


def test_pictures_of_one_patient_share_a_code_that_tells_nothing(folder):
    source = open_source(config(folder), (32, 64))
    codes = patients(source)
    assert codes[0:12:2] == codes[1:12:2] and len(set(codes[:12])) == 6
    assert all(CODE.fullmatch(code) for code in codes[:12])
    assert codes[12:] == ["IM0012", "IM0013"]
    assert "2 of 14 DICOM pictures name no patient" in " ".join(source.notes)
    told = " ".join([*codes, *source.notes])
    assert not re.search(r"P-\d|Secret|ANONYMOUS", told) and (folder / "salt").read_text().strip() not in told


def test_codes_are_the_same_again_and_other_with_another_salt(folder):
    first, again = (open_source(config(folder), (32, 64)) for _ in range(2))
    other = open_source(config(folder, salt=folder / "other"), (32, 64))
    assert patients(first) == patients(again)
    assert set(patients(first)[:12]).isdisjoint(patients(other))
    assert fingerprint(first) == fingerprint(other)  # the data are the same: another machine is no other data set


def test_splits_keep_patients_together_and_are_read_again(folder):
    source = open_source(config(folder), (32, 64))
    splits = split_by_patient(source.records, (0.6, 0.2, 0.2), seed=0)
    where = {record.patient_id: name for name, part in splits.items() for record in part}
    assert all(where[record.patient_id] == name for name, part in splits.items() for record in part)
    write_splits(folder / "splits.csv", splits)
    assert "P-0" not in (folder / "splits.csv").read_text()
    assert read_splits(folder / "splits.csv", open_source(config(folder), (32, 64)).records) == splits
    elsewhere = open_source(config(folder, salt=folder / "other"), (32, 64))
    assert [len(part) for part in read_splits(folder / "splits.csv", elsewhere.records).values()] == [
        len(part) for part in splits.values()
    ]
    torn = (folder / "splits.csv").read_text().splitlines()
    swapped = next(i for i, line in enumerate(torn) if line.endswith(",test"))
    torn[swapped] = torn[swapped].replace(",test", ",train")
    (folder / "torn.csv").write_text("\n".join(torn))
    with pytest.raises(InputError):
        read_splits(folder / "torn.csv", source.records)


def test_a_pattern_goes_before_the_files_and_makes_no_salt(folder):
    assert patients(open_source(config(folder, patient_pattern=r"(.+)"), (32, 64)))[0] == "IM0000"
    assert not (folder / "salt").exists()


def test_one_patient_for_all_is_told(tmp_path):
    for i in range(3):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "masks").mkdir(exist_ok=True)
        written(tmp_path / "images" / f"{i}.dcm", RAMP)
        Image.fromarray(np.uint8(RAMP > 2000) * 255).save(tmp_path / "masks" / f"{i}.dcm.png")
    notes = " ".join(open_source(config(tmp_path), (32, 64)).notes)
    assert "all 3 DICOM pictures name one and the same patient" in notes and "a new salt" in notes
    assert "4711" not in notes


def test_the_grey_rule_reaches_the_pictures(folder):
    plain = open_source(config(folder), (32, 64))
    full = open_source(config(folder, grey="full"), (32, 64))
    first = plain.records[0]
    assert full.load(first).image.max() == 1 and full.load(first).image.min() == 0
    assert np.allclose(full.load(first).image, (RAMP - 5.0) / (RAMP.max() - 5.0))
    with pytest.raises(ValueError, match="grey must be"):
        config(folder, grey="bright")


def test_what_is_hashed(tmp_path):
    path = tmp_path / "x"
    assert raw_patient_id(written(path, RAMP)) == "\nP-4711"
    assert raw_patient_id(written(path, RAMP, IssuerOfPatientID="Clinic")) == "Clinic\nP-4711"
    assert raw_patient_id(written(path, RAMP, PatientID="  ")) is None
    for nobody in ("", "Anonymized", "000000", "N/A", "no-id", "unknown"):
        assert raw_patient_id(written(path, RAMP, PatientID=nobody, StudyInstanceUID="1.2.9")) == "study\n\n1.2.9"
