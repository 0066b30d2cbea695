"""ZIP and tar archives from outside, unpacked with suspicion: whole or absent, and nothing outside their folder."""

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dentalx.errors import InputError, in_one_line
from dentalx.files import check_regular_size, make_folder

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
INSIDE = (*ARCHIVES, ".rar", ".7z", ".gz")
_CHUNK = 2**20
_MOST_ARCHIVE = 2**40
_MOST_LIST, _MOST_TAIL, _SEE_LONGER = 2**26, 2**17, 2**32 - 1  # of a ZIP archive's list of files, at its end
_MOST_REMARKS = 2**20
_REMARKS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)


@dataclass(frozen=True)
class UnpackLimits:
    """More than this is taken for an attack.

    Attributes:
        files: how many.
        size: bytes unpacked.
        ratio: unpacked to packed; pictures pack by less than ten.
        slack: bytes that may be unpacked whatever the ratio.
    """

    files: int = 500_000
    size: int = 500 * 10**9
    ratio: float = 100.0
    slack: int = 10**8


@dataclass(frozen=True)
class _Member:
    path: PurePosixPath
    size: int
    handle: zipfile.ZipInfo | tarfile.TarInfo


def unpack(archive: Path, folder: Path, limits: UnpackLimits = UnpackLimits()) -> list[Path]:
    """Unpack an archive into a new folder.

    Returns:
        archives that were inside; they are left as they are.

    Raises:
        InputError: broken, encrypted, with links or paths that leave the folder, larger than it may be, or no room.
    """
    part = folder.with_name(f".part.{folder.name}")
    remove(part)
    make_folder(part)
    try:
        with _opened(archive) as opened:
            members = list(_members(opened, archive, limits))
            _check_room(sum(member.size for member in members), archive, folder, limits)
            for member in members:
                _extract(opened, member, part / member.path, archive)
        part.replace(folder)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
        raise InputError(f"{archive} is broken ({in_one_line(error)}); remove it and fetch it again") from error
    except OSError as error:
        raise InputError(
            f"cannot unpack {archive}: {error.strerror or in_one_line(error)}; check free space"
        ) from error
    finally:
        remove(part)
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name.lower().endswith(INSIDE))


def remove(folder: Path) -> None:
    """Remove a folder with what is in it, or a link to one, whose target stays."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def is_archive(path: Path) -> bool:
    """Whether `unpack` knows the kind, by its name."""
    return path.name.lower().endswith(ARCHIVES)


def _opened(archive: Path) -> zipfile.ZipFile | tarfile.TarFile:
    check_regular_size(archive, _MOST_ARCHIVE)
    if not archive.name.lower().endswith(".zip"):
        return tarfile.open(archive, tarinfo=_Header)
    with archive.open("rb") as file:
        file.seek(max(0, archive.stat().st_size - _MOST_TAIL))
        tail = file.read()
    end = tail.rfind(b"PK\5\6")
    longer = tail.rfind(b"PK\6\6")
    sizes = [int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0]
    sizes += [int.from_bytes(tail[longer + 40 : longer + 48], "little")] if longer >= 0 else []
    if any(_MOST_LIST < size != _SEE_LONGER for size in sizes):
        raise InputError(f"{archive} has a list of more than {_MOST_LIST} bytes, as attacks do; it is not unpacked")
    return zipfile.ZipFile(archive)


class _Header(tarfile.TarInfo):
    """A tar header; those that only hold a name or remarks are read into memory, and must be short."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        in_memory = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, *_REMARKS)
        if self.type in in_memory and self.size > _MOST_REMARKS:
            name: Any = archive.name
            raise InputError(f"{name} has a header of {self.size} bytes, as attacks do; it is not unpacked")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


def _members(opened: zipfile.ZipFile | tarfile.TarFile, archive: Path, limits: UnpackLimits) -> Iterator[_Member]:
    """The files, judged; folders come by themselves."""
    allowed = min(limits.size, limits.slack + limits.ratio * archive.stat().st_size)
    seen: set[str] = set()
    total = 0
    handles: Iterable[Any] = opened.infolist() if isinstance(opened, zipfile.ZipFile) else opened
    for number, handle in enumerate(handles):
        if number > 2 * limits.files:  # folders count too
            raise InputError(f"{archive} holds more than {number} entries, as attacks do; it is not unpacked")
        name, size = _judged(handle, archive)
        if name is None or name.parts[0] == "__MACOSX" or name.name == ".DS_Store":
            continue
        key = name.as_posix().casefold()
        if key in seen:
            raise InputError(f"{archive} holds {str(name)!r} twice; it is not unpacked")
        seen.add(key)
        total += size
        if len(seen) > limits.files or total > allowed:
            raise InputError(
                f"{archive} would become more than {allowed / 1e9:.1f} GB or {limits.files} files, as attacks do; "
                "it is not unpacked"
            )
        yield _Member(name, size, handle)


def _judged(handle: zipfile.ZipInfo | tarfile.TarInfo, archive: Path) -> tuple[PurePosixPath | None, int]:
    """A member's path and size; None for a folder.

    Raises:
        InputError: it is a link, a device, encrypted, or leaves the folder.
    """
    if isinstance(handle, tarfile.TarInfo):
        written, size, folder = handle.name, handle.size, handle.isdir()
        plain = handle.isreg() or folder
    else:
        written, size, folder = handle.filename, handle.file_size, handle.is_dir()
        kind = stat.S_IFMT(handle.external_attr >> 16)
        plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
        if handle.flag_bits & 1:
            raise InputError(f"{archive} is encrypted; unpack it yourself")
    path = PurePosixPath(written.replace("\\", "/"))
    escapes = path.is_absolute() or ".." in path.parts or ":" in written or not path.parts
    if not plain or (escapes and not folder) or not written.isprintable() or len(path.parts) > 32:
        why = "a link or a device" if not plain else "a path that leaves its folder or cannot be written"
        raise InputError(f"{archive} holds {why}: {written[:80]!r}; it is not unpacked")
    return (None if folder else path), size


def _check_room(total: int, archive: Path, folder: Path, limits: UnpackLimits) -> None:
    free = shutil.disk_usage(folder.parent).free
    if total > free:
        raise InputError(
            f"{archive} becomes {total / 1e9:.1f} GB but {folder.parent} has {free / 1e9:.1f} GB free; "
            "free space and try again"
        )


def _extract(opened: zipfile.ZipFile | tarfile.TarFile, member: _Member, target: Path, archive: Path) -> None:
    """Write one file; what comes must be exactly as long as was said."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(opened, zipfile.ZipFile):
        assert isinstance(member.handle, zipfile.ZipInfo)
        source: IO[bytes] | None = opened.open(member.handle)
    else:
        assert isinstance(member.handle, tarfile.TarInfo)
        source = opened.extractfile(member.handle)
    assert source is not None
    count = 0
    with source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            count += len(chunk)
            if count > member.size:
                raise InputError(f"{archive}: {member.path} is longer than it says; it is not unpacked")
            file.write(chunk)
    if count < member.size:
        raise InputError(f"{archive}: {member.path} is cut short; remove the archive and fetch it again")
