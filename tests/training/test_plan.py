"""What `--preset best` chooses by the data and the machine."""

from dataclasses import replace

import numpy as np
import pytest

from dentalx.balance import BalanceConfig
from dentalx.config import ModelConfig, TrainConfig
from dentalx.datasets.phantoms import PhantomSource
from dentalx.errors import InputError
from dentalx.training.plan import BATCH, EPOCHS, Facts, choose, complete, facts_of

ALL = ("image_size", "batch_size", "epochs", "precision")
FACTS = Facts(pictures=80, size=(1000, 2000), gpu=False, bfloat16=True, memory=20 * 2**30)
OPEN = TrainConfig(planned=ALL)


def chosen(**facts: object) -> dict[str, object]:
    return {name: choice.value for name, choice in choose(replace(FACTS, **facts), OPEN).items()}  # type: ignore[arg-type]


def test_a_panoramic_on_a_cpu() -> None:
    assert chosen() == {"image_size": (256, 512), "batch_size": 8, "epochs": 120, "precision": "mixed_bfloat16"}


def test_crops_larger_than_the_chosen_size_are_refused() -> None:
    asked = replace(OPEN, balance=BalanceConfig(crop=(320, 320)))
    source = PhantomSource(4, 1, (256, 512))
    with pytest.raises(InputError, match="crop 320×320 must fit into image_size 256×512; the image size was chosen by"):
        complete(asked, source, source.records)


def test_a_gpu_sees_more() -> None:
    made = chosen(gpu=True)
    assert made["image_size"] == (512, 1024) and made["epochs"] == EPOCHS[1]


def test_a_small_picture_is_not_enlarged_and_keeps_its_shape() -> None:
    assert chosen(size=(160, 224))["image_size"] == (160, 224)
    assert chosen(size=(3000, 2000))["image_size"] == (448, 288)
    assert chosen(size=(20, 20))["image_size"] == (64, 64)


@pytest.mark.parametrize(
    ("pictures", "memory", "batch"), [(80, None, BATCH), (12, None, 3), (3, None, 1), (80, 2**31, 2)]
)
def test_batches_fit_the_set_and_the_memory(pictures: int, memory: int | None, batch: int) -> None:
    assert chosen(pictures=pictures, memory=memory)["batch_size"] == batch


def test_without_bfloat16_a_picture_needs_twice_the_memory() -> None:
    made = chosen(bfloat16=False, memory=2**31)
    assert made["precision"] == "float32" and made["batch_size"] == 1


def test_what_is_given_stays_and_every_choice_has_a_reason() -> None:
    config = TrainConfig(model=ModelConfig(image_size=(64, 128)), epochs=2, planned=("batch_size", "precision"))
    source = PhantomSource(12, 0, (64, 128), ())
    made = complete(config, source, source.records[:8])
    assert (made.model.image_size, made.epochs, made.planned) == ((64, 128), 2, ())
    assert made.batch_size == 2 and len(made.reasons) == 2
    assert made.reasons[1] == "batch size 2: a quarter of the training pictures"
    assert complete(TrainConfig(), source, source.records) == TrainConfig()


def test_pictures_are_looked_at(tmp_path, monkeypatch) -> None:
    source = PhantomSource(3, 0, (96, 160), ())
    config = replace(OPEN, data=replace(OPEN.data, data=tmp_path))
    assert facts_of(config, source, source.records).size == (96, 160)
    assert np.prod(facts_of(OPEN, source, source.records).size) == 256 * 512
