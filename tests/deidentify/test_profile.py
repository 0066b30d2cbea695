"""What stays, attribute by attribute, against the Basic Application Confidentiality Profile (PS3.15, table E.1-1)."""

import re
from pathlib import Path

import pydicom
import pytest
from places_dicom import base_element, element, radiograph, written
from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.uid import ExplicitVRLittleEndian
from views import MARK, shows_mark

from dentalx.deidentify.dicom import KEPT, write_bare_dicom

SALT = b"s" * 32
CODED = ("PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
EMPTY = (
    "AccessionNumber", "AcquisitionContextSequence", "PatientBirthDate", "PatientSex", "ReferringPhysicianName",
    "StudyDate", "StudyID", "StudyTime",
)  # fmt: skip


def table() -> dict[int, str]:
    """The action of each tag; of repeating groups that of their first."""
    found, action = {}, ""
    for line in (Path(__file__).parent / "ps315_table_e1_1.txt").read_text().splitlines():
        if line.endswith(":"):
            action = line[:-1]
        elif not line.startswith("#"):
            found |= {int(tag.replace("x", "0"), 16): action for tag in line.split()}
    return found


def test_the_list_of_what_stays_agrees_with_the_table() -> None:
    """Z: empty or a dummy. U: a new UID. D: a dummy. X: gone. Everything else of the table is not written at all."""
    actions = table()
    assert len(actions) == 655
    both = {keyword: actions[tag] for keyword in KEPT if (tag := int(tag_for_keyword(keyword) or 0)) in actions}
    assert set(both) == {*CODED, *EMPTY}
    assert {both[keyword] for keyword in CODED} == {"Z/D", "Z", "U"}
    assert {both[keyword] for keyword in EMPTY} == {"Z", "X/Z"}


@pytest.fixture
def copy(tmp_path: Path) -> pydicom.Dataset:
    """A copy of a file that has every attribute of the table, each with the mark."""
    base = radiograph(syntax=ExplicitVRLittleEndian)
    parts = {one.tag: base_element(one, False) for one in base}
    parts |= {tag: element(tag, "LO", MARK, False) for tag in table() if tag >> 16 > 2}
    whole = written(base)
    head = whole[: whole.index(base_element(base["SOPClassUID"], False))]
    (tmp_path / "x.dcm").write_bytes(head + b"".join(parts[tag] for tag in sorted(parts)))
    write_bare_dicom(tmp_path / "x.dcm", tmp_path / "copy.dcm", SALT)
    assert not shows_mark(tmp_path / "copy.dcm")
    return pydicom.dcmread(tmp_path / "copy.dcm")


@pytest.mark.filterwarnings("ignore")
def test_attributes_of_the_table_are_gone_empty_or_new(copy: pydicom.Dataset) -> None:
    left = {keyword_for_tag(tag) for tag in table() if tag in copy}
    assert left == {*CODED, *EMPTY} - {"AcquisitionContextSequence"}  # which DX and intra-oral images alone must have
    assert all(copy[keyword].is_empty for keyword in EMPTY if keyword in left)
    assert re.fullmatch(r"patient-[0-9a-f]{16}", copy.PatientID) and copy.PatientName == copy.PatientID
    assert all(re.fullmatch(r"2\.25\.[0-9]{1,39}", copy[keyword].value) for keyword in CODED[2:])


@pytest.mark.filterwarnings("ignore")
def test_what_was_done_is_declared_and_no_option_is_claimed(copy: pydicom.Dataset) -> None:
    (code,) = copy.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")
    assert (copy.PatientIdentityRemoved, copy.LongitudinalTemporalInformationModified) == ("YES", "REMOVED")
