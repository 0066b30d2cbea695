"""What training keeps of its pictures."""

from pathlib import Path

import numpy as np

from dentalx.config import DataConfig
from dentalx.datasets import open_source
from dentalx.datasets.instance_pipeline import InstanceLoader
from dentalx.datasets.pipeline import Loader
from dentalx.quality import look, read_seen
from dentalx.runs import Run
from dentalx.samples import Record, Sample
from dentalx.training.census import keep_statistics


class Noise:
    """Twenty-one pictures of nothing, their upper half marked."""

    name, classes, notes = "noise", ("upper", "never"), ()
    records = tuple(Record(f"patient{i}", str(i)) for i in range(21))

    def load(self, record: Record) -> Sample:
        rng = np.random.default_rng(int(record.patient_id))
        mask = np.zeros((32, 64), np.uint8)
        mask[:16] = 1
        return Sample(record.image_id, rng.random((32, 64), np.float32), mask)


def test_training_keeps_what_its_pictures_are_like(tmp_path: Path) -> None:
    source = Noise()
    loader = Loader(source, source.records[:20], (16, 32), cache_bytes=0)
    loader.prepare()
    run = Run(tmp_path / "run")
    keep_statistics(run, loader, source.classes)
    seen = read_seen(run.seen)
    images = [source.load(record).image for record in source.records[:20]]
    assert seen.pictures == 20
    assert seen.looks["middle"][-1] == max(round(look(image).middle, 6) for image in images)
    assert seen.shapes["upper"]["share"] == (0.5,) * 9
    assert set(seen.shapes["never"]) == {"share", "pieces"}
    assert "patient" not in run.seen.read_text()


def test_objects_are_kept_too_and_few_pictures_are_not(tmp_path: Path) -> None:
    source = open_source(DataConfig(phantoms=4), (32, 64))
    loader = InstanceLoader(source, source.records[:3], (32, 64))
    loader.prepare()
    (teeth,) = loader.shapes[0]
    assert teeth.pieces >= len(loader[0].labels) > 0  # some are too small for the network
    assert np.isclose(loader.looks[0].aspect, 2)
    run = Run(tmp_path / "run")
    keep_statistics(run, loader, source.classes)
    assert not run.seen.exists()
