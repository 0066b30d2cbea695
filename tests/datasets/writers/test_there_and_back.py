"""Any layout that is written, to COCO, and back to that layout: the masks are the same to the pixel.

Layouts that are read and not written go to COCO and back after every test that reads one: see
`tests/datasets/conftest.py`.
"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.readers.raster import compress
from dentalx.datasets.writers import WRITERS, Job, convert

SIZE = (7, 11)
CLASSES = ("caries", "11", "crown")
MASKS = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.5, 0.95])).map(
    lambda drawn: np.random.default_rng(drawn[0]).random(SIZE) < drawn[1]
)
SETS = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.tuples(st.sampled_from(CLASSES), MASKS), max_size=4), min_size=1, max_size=2
).filter(lambda pictures: any(mask.any() for found in pictures.values() for _, mask in found))


def opened(folder, classes):
    return open_source(DataConfig(data=folder, classes=classes), SIZE)


def put(folder, pictures):
    """A COCO set of pictures and their objects."""
    images, annotations = [], []
    for number, (name, objects) in enumerate(pictures.items()):
        path = folder / "images" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(SIZE, 9 * number, np.uint8)).save(path)
        images.append({"id": number, "file_name": path.name})
        for label, mask in objects:
            drawn = {"id": len(annotations), "image_id": number, "category_id": CLASSES.index(label)}
            annotations.append(drawn | {"segmentation": {"size": list(SIZE), "counts": compress(mask)}})
    categories = [{"id": i, "name": name} for i, name in enumerate(CLASSES)]
    (folder / "all.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    return folder


def rewritten(folder, to, classes):
    """The same data in another layout, in a new folder beside the old one."""
    source = opened(folder, classes)
    output = folder.parent / f"{folder.name}-{to}"
    convert(Job(source, tuple(source.records), WRITERS[to](source.classes, source.name), output, {"to": to}))
    return output


def masks(folder, classes):
    source = opened(folder, classes)
    return {record.image_id: source.load(record).mask for record in source.records}


@pytest.mark.parametrize("to", WRITERS)
@given(pictures=SETS)
@settings(max_examples=8, deadline=None)
def test_to_coco_and_back(tmp_path_factory, to, pictures):
    """Overlaps, holes, parts and empty pictures; YOLO has lost holes before, and loses nothing more."""
    classes = tuple(name for name in CLASSES if any(n == name and m.any() for f in pictures.values() for n, m in f))
    first = rewritten(put(tmp_path_factory.mktemp("there") / "set", pictures), to, classes)
    again = rewritten(rewritten(first, "coco", classes), to, classes)
    before, after = masks(first, classes), masks(again, classes)
    assert before.keys() == after.keys() == pictures.keys()
    for name, mask in before.items():
        np.testing.assert_array_equal(after[name], mask)
