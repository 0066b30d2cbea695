"""Whatever a test opens as a data set also goes to COCO and back, so that every layout that is read is covered."""

import numpy as np
import pytest

from dentalx.config import DataConfig
from dentalx.datasets import readers
from dentalx.datasets.images import image_size
from dentalx.datasets.writers import CocoWriter, Job, convert
from dentalx.errors import InputError
from dentalx.samples import UNLABELLED, labelling

MOST_PICTURES, MOST_PIXELS, MOST_SETS = 8, 2**18, 2


@pytest.fixture(autouse=True)
def round_trip(monkeypatch, tmp_path_factory):
    """After the test, what it opened is written as COCO and read again: the same masks, or the same refusals."""
    opened = {}
    plain = readers.open_data

    def noted(data, config, *more):
        source = plain(data, config, *more)
        opened[data, config] = None
        return source

    monkeypatch.setattr(readers, "open_data", noted)
    yield
    for data, config in list(opened)[:MOST_SETS]:
        try:
            source = plain(data, config)
        except InputError:
            continue  # the test has changed it since
        small = len(source.records) <= MOST_PICTURES and all(
            np.prod(image_size(r.image)) < MOST_PIXELS for r in source.records
        )
        if small:
            there_and_back(source, tmp_path_factory.mktemp("coco") / "set", plain)


def there_and_back(source, output, open_data):
    job = Job(source, tuple(source.records), CocoWriter(source.classes, source.name), output, {})
    bad, masks = set(), {}
    for record in source.records:
        try:
            mask = source.load(record).mask
            masks[record.image_id] = mask * (mask != UNLABELLED)
        except InputError:
            bad.add(record.image_id)
    if not masks:
        with pytest.raises(InputError):
            convert(job)
        return
    assert {name for name, _ in convert(job).failed} == bad
    overlapping = labelling(source).overlapping
    again = open_data(output, DataConfig(data=output, classes=source.classes, overlapping=overlapping))
    names = {r.image_id: r for r in again.records}
    assert len(names) == len(masks)
    for mask, record in zip(masks.values(), sorted(again.records, key=lambda r: r.image_id), strict=True):
        np.testing.assert_array_equal(again.load(record).mask, mask)
