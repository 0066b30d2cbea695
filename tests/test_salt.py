"""The salt: made once, private, and codes that change with it."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.errors import InputError
from dentalx.salt import code, default_path, read_salt


def test_a_salt_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "salt"
    first, new = read_salt(path)
    assert new and len(first) == 64
    assert read_salt(path) == (first, False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["salt"]
    assert read_salt(tmp_path / "other")[0] != first


def test_the_default_lies_in_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_path() == tmp_path / "dentalx" / "salt"
    assert read_salt() == read_salt(tmp_path / "dentalx" / "salt") or default_path().is_file()


def test_what_is_no_private_salt_is_refused(tmp_path: Path) -> None:
    short, shared = tmp_path / "short", tmp_path / "shared"
    short.write_text("abc")
    shared.write_text("k" * 64)
    shared.chmod(0o644)
    for path, word in ((short, "no salt"), (shared, "chmod 600"), (tmp_path / "short" / "x", "--salt")):
        with pytest.raises(InputError, match=word):
            read_salt(path)


def test_a_code_by_hand() -> None:
    """HMAC-SHA256 of RFC 4231, test case 2, is the same function under another text."""
    import hashlib
    import hmac

    text = b"patient\x004711"
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in b"k" * 16 + bytes(48)) + text).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in b"k" * 16 + bytes(48)) + inner).hexdigest()
    assert code(b"k" * 16, "patient", "4711") == outer[:16] == hmac.digest(b"k" * 16, text, "sha256").hex()[:16]


@given(st.text(max_size=30), st.text(max_size=30))
def test_codes_differ_as_texts_do(one: str, other: str) -> None:
    a, b = (code(b"s" * 32, "patient", text) for text in (one, other)) if _encodable(one, other) else ("", "")
    assert (a == b) == (one == other) or not _encodable(one, other)


def _encodable(*texts: str) -> bool:
    return not any(0xD800 <= ord(c) <= 0xDFFF for text in texts for c in text)


GUESSED = (b" " * 64, b"\n" * 64, b" \t\r\n" * 16, b"\n" + b" " * 40 + b"short" + b"\n" * 40, b"\0" * 32, b"k" * 64)


@pytest.mark.parametrize("content", GUESSED)
def test_what_can_be_guessed_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "salt"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match="is no salt"):
        read_salt(path)
