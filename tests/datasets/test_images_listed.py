"""Which files of a folder are pictures."""

import os

import pytest
from picture_files import GREY, saved

from dentalx.datasets.decode import looks_like_picture
from dentalx.datasets.images import list_images
from dentalx.errors import InputError


def test_listing_is_sorted_and_leaves_out_what_is_no_picture(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.tiff", ".hidden.png", "~x.png", "y.png.part", ".a.12.part.png"):
        saved(tmp_path / name, GREY, format="PNG")
    saved(tmp_path / "bare", GREY, format="PNG")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "Thumbs.db").write_text("x")
    (tmp_path / "broken.png").touch()  # named so, hence reported later, not passed over
    (tmp_path / "folder.png").mkdir()
    assert [p.name for p in list_images(tmp_path)] == ["a.jpg", "b.PNG", "bare", "broken.png", "c.tiff"]


def test_listing_goes_deeper_only_when_asked(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name in ("z.png", "sub/a.png", "sub/deep/b.png", ".git/c.png"):
        saved(tmp_path / name, GREY)
    assert [p.name for p in list_images(tmp_path)] == ["z.png"]
    listed = [p.relative_to(tmp_path).as_posix() for p in list_images(tmp_path, recursive=True)]
    assert listed == ["sub/a.png", "sub/deep/b.png", "z.png"]


def test_links_inside_are_followed_and_links_outside_are_not(tmp_path):
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    outside.mkdir()
    saved(folder / "a.png", GREY)
    saved(outside / "secret.png", GREY)
    (folder / "b.png").symlink_to(folder / "a.png")
    (folder / "c.png").symlink_to(outside / "secret.png")
    (folder / "loop").symlink_to(folder)
    (folder / "away").symlink_to(outside)
    assert [p.name for p in list_images(folder, recursive=True)] == ["a.png", "b.png"]
    through = tmp_path / "door"
    through.symlink_to(folder)  # the folder itself may be a link
    assert [p.name for p in list_images(through)] == ["a.png", "b.png"]


def test_listing_refuses_what_is_no_folder(tmp_path):
    with pytest.raises(InputError, match=r"folder not found: .*nope; check the spelling"):
        list_images(tmp_path / "nope")
    with pytest.raises(InputError, match="is a file, expected a folder"):
        list_images(saved(tmp_path / "x.png", GREY))


def test_listing_without_permission(tmp_path, monkeypatch):
    def deny(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(InputError, match="Permission denied; check permissions"):
        list_images(tmp_path)


def test_what_begins_like_a_picture(tmp_path):
    assert looks_like_picture(saved(tmp_path / "x", GREY, format="BMP"))
    (tmp_path / "y").write_text("BM is no bitmap, only two letters")
    assert not looks_like_picture(tmp_path / "y")
    assert not looks_like_picture(tmp_path / "missing")
