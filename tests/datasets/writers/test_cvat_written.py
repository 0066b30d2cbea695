"""CVAT's XML as it is written: by hand, with names that need escaping, and read back."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.writers.cvat import NAME, CvatWriter
from dentalx.datasets.writers.scene import Drawn, Scene

SIZE = (4, 5)
SOLID, HOLED = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
SOLID[1:3, 1:4] = True
HOLED[0:3, 2:5] = True
HOLED[1, 3] = False

BY_HAND = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <name>set</name>
      <size>1</size>
      <mode>annotation</mode>
      <labels>
        <label>
          <name>teeth</name>
          <color>#COLOUR</color>
          <type>any</type>
          <attributes></attributes>
        </label>
      </labels>
    </task>
  </meta>
  <image id="0" name="a.png" width="5" height="4" subset="train">
    <polygon label="teeth" source="auto" occluded="0" points="1.00,1.00;4.00,1.00;4.00,3.00;1.00,3.00" z_order="0">
    </polygon>
    <mask label="teeth" source="auto" occluded="0" rle="0, 4, 1, 4" left="2" top="0" width="3" height="3" z_order="0">
    </mask>
  </image>
</annotations>
"""


def put(target: Path, classes: tuple[str, ...], picture: str, objects: list[Drawn], split: str | None = None) -> str:
    writer = CvatWriter(classes, "set")
    entry = writer.write(Scene(1, Path(picture).stem, picture, split, SIZE, objects), target)
    notes = writer.finish(target, lambda: iter([{**entry, "split": split}]))
    assert notes == (["1 object(s) with holes or of several parts are masks, all others polygons"] * bool(objects[1:]))
    return (target / NAME).read_text("utf-8")


def test_by_hand(tmp_path: Path) -> None:
    """A block is a polygon along its borders, a ring a mask: zeros first, row by row in its box."""
    text = put(tmp_path, ("teeth",), "a.png", [Drawn(1, SOLID), Drawn(1, HOLED)], "train")
    colour = ElementTree.fromstring(text).findtext("meta/task/labels/label/color")
    assert colour is not None
    assert text == BY_HAND.replace("#COLOUR", colour)


def test_names_are_escaped_and_come_back(tmp_path: Path) -> None:
    """Markup, quotes, accents and entities in names are names."""
    name, label = "a & <b> 'c' \"d\" &amp; ä.png", 'crown <&"> ü'
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(tmp_path / name)
    put(tmp_path, (label, "never there"), name, [Drawn(1, SOLID)])
    source = open_source(DataConfig(data=tmp_path), SIZE)
    assert source.classes == (label, "never there")
    assert np.array_equal(source.load(source.records[0]).mask == 1, SOLID)


def test_names_that_xml_cannot_hold(tmp_path: Path) -> None:
    """Control characters and bytes that are no text become escapes, and the file stays one that is read."""
    text = put(tmp_path, ("te\x07eth",), "a\x01\udcff.png", [Drawn(1, SOLID)])
    assert ElementTree.fromstring(text)[-1].get("name") == "a\\x01\\udcff.png"
    assert "<name>te\\x07eth</name>" in text
