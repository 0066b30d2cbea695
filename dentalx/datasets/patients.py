"""Whose a picture is: by the name of its file, or by what a DICOM file says, as a salted code and nothing else."""

from dataclasses import replace

from dentalx.datasets.naming import Reading, with_patients
from dentalx.datasets.sniff import looks_like_dicom
from dentalx.errors import InputError
from dentalx.salt import code, read_salt
from dentalx.samples import Record

_NEW_SALT = "a new salt for the patients' codes was made; docs/privacy.md says where it lies and what it is for"


def whose(records: list[Record], reading: Reading) -> tuple[list[Record], list[str]]:
    """The records with their patients: by the pattern, where one is given, else by what DICOM files say.

    A patient named by a DICOM file is a code of 16 digits, `patient_code`; a DICOM file that names none, or only a
    word that stands for nobody, is a patient by itself, as pictures of other kinds are.

    Returns:
        the records, and what the user should know, a sentence each; no sentence holds an id.

    Raises:
        InputError: the pattern is wrong or finds nothing, or the salt cannot be had.
    """
    if reading.patient_pattern is not None:
        return with_patients(records, reading.patient_pattern), []
    dicom = [record for record in records if record.image is not None and looks_like_dicom(record.image)]
    said = {record.image_id: value for record in dicom if (value := _said(record)) is not None}
    notes = []
    if len(said) < len(dicom):
        notes.append(
            f"{len(dicom) - len(said)} of {len(dicom)} DICOM pictures name no patient and no study: each counts as "
            "a patient by itself"
        )
    if not said:
        return records, notes
    salt, new = read_salt(reading.salt)
    if new:
        notes.append(_NEW_SALT)
    if len(said) == len(records) > 1 and len(set(said.values())) == 1:
        notes.append(
            f"all {len(records)} DICOM pictures name one and the same patient; if a program that removes names wrote "
            "that, --patient-pattern '(.+)' makes every file a patient by itself"
        )
    codes = {value: patient_code(salt, value) for value in set(said.values())}
    return [replace(r, patient_id=codes[said[r.image_id]]) if r.image_id in said else r for r in records], notes


def patient_code(salt: bytes, said: str) -> str:
    """What stands for a patient everywhere outside the DICOM file.

    >>> patient_code(b"k" * 16, "4711").startswith("patient-")
    True
    """
    return f"patient-{code(salt, 'patient', said)}"


def _said(record: Record) -> str | None:
    from dentalx.datasets.dicom import raw_patient_id

    assert record.image is not None
    try:
        return raw_patient_id(record.image)
    except InputError:  # whoever decodes the picture says it again
        return None
