"""Archives whose headers alone cost memory and minutes."""

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from dentalx.datasets.public.unpack import UnpackLimits, unpack
from dentalx.errors import InputError


def test_a_tar_of_folders_without_end(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for number in range(30):
            entry = tarfile.TarInfo(f"d{number}")
            entry.type = tarfile.DIRTYPE
            archive.addfile(entry)
    with pytest.raises(InputError, match="entries, as attacks do"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out", UnpackLimits(files=10))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_tar_header_of_many_megabytes(kind: bytes, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.GNU_FORMAT) as archive:
        entry = tarfile.TarInfo("x")
        entry.type, entry.size = kind, 2**22
        archive.addfile(entry, io.BytesIO(bytes(2**22)))
    with pytest.raises(InputError, match="a header of 4194304 bytes, as attacks do"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_a_zip_that_says_it_has_an_endless_list(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.txt", "x")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    data[-22 + 12 : -22 + 16] = struct.pack("<I", 2**27)
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(InputError, match="has a list of more than"):
        unpack(tmp_path / "b.zip", tmp_path / "out")


def test_long_names_are_unpacked(tmp_path: Path) -> None:
    for number, kind in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        with tarfile.open(tmp_path / f"{number}.tar", "w", format=kind) as archive:
            archive.addfile(tarfile.TarInfo("d" * 150 + "/" + "ö" * 60), io.BytesIO())
        unpack(tmp_path / f"{number}.tar", tmp_path / f"out{number}")
        assert (tmp_path / f"out{number}" / ("d" * 150) / ("ö" * 60)).is_file()
