"""Parts of training pictures: where they lie, and that nothing but the seed decides it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment_seed
from dentalx.datasets.crops import Crops, cut
from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.pipeline import Loader, batch_indices, training_dataset


def cuts(mask, crops, count):
    image = np.arange(mask.size).reshape(mask.shape)
    for seed in range(count):
        part, truth = cut(image, mask, crops, np.random.default_rng(seed))
        row, column = divmod(int(part[0, 0]), mask.shape[1])
        assert np.array_equal(part, image[row : row + crops.size[0], column : column + crops.size[1]])
        assert np.array_equal(truth, mask[row : row + crops.size[0], column : column + crops.size[1]])
        yield row, column


def test_a_pixel_of_a_class_is_the_middle():
    mask = np.zeros((20, 30), np.uint8)
    mask[10, 17] = 1
    assert {*cuts(mask, Crops((4, 6), 1.0, (1.0,)), 20)} == {(8, 14)}


@pytest.mark.parametrize(("at", "corner"), [((0, 0), (0, 0)), ((19, 29), (16, 24)), ((1, 28), (0, 24))])
def test_at_the_edge_the_part_is_moved_inwards(at, corner):
    mask = np.zeros((20, 30), np.uint8)
    mask[at] = 1
    assert {*cuts(mask, Crops((4, 6), 1.0, (1.0,)), 5)} == {corner}


def test_without_a_class_it_lies_anywhere():
    mask = np.full((6, 7), 255, np.uint8)
    mask[:3] = 0
    assert {*cuts(mask, Crops((4, 6), 1.0, (1.0, 1.0)), 200)} == {
        (row, column) for row in range(3) for column in (0, 1)
    }


def test_the_whole_picture_is_a_part_too():
    assert {*cuts(np.ones((6, 7), np.uint8), Crops((6, 7), 0.5, (1.0,)), 5)} == {(0, 0)}


def test_shares_of_foreground_and_of_classes():
    """A class of one pixel that is nine times as likely as one of a hundred is the middle nine times as often."""
    mask = np.zeros((40, 80), np.uint8)
    mask[5:15, 5:15] = 1
    mask[30, 60] = 2
    found = [*cuts(mask, Crops((3, 3), 0.5, (1.0, 9.0)), 2000)]
    rare = sum(corner == (29, 59) for corner in found) / 2000
    common = sum(4 <= row < 14 and 4 <= column < 14 for row, column in found) / 2000
    assert rare == pytest.approx(0.45, abs=0.04)
    assert common == pytest.approx(0.05 + 0.5 * 100 / (38 * 78), abs=0.02)


def test_a_class_that_is_not_there_is_not_drawn():
    mask = np.zeros((20, 30), np.uint8)
    mask[10, 17] = 2
    assert {*cuts(mask, Crops((4, 6), 1.0, (100.0, 0.1, 100.0)), 20)} == {(8, 14)}


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_part_around_a_class_holds_it(height, width, data):
    size = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    mask = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 2, (height, width), np.uint8) * 2
    image, truth = cut(mask, mask, Crops(size, 1.0, (1.0, 1.0)), np.random.default_rng(data.draw(st.integers(0, 99))))
    assert image.shape == truth.shape == size
    assert truth.any() == mask.any()


SIZE = (64, 128)
CROPS = Crops((32, 48), 0.5, (1.0, 4.0))


def batches(workers):
    source = PhantomSource(5, 1, SIZE, ("teeth", "mandible"))
    loader = Loader(source, source.records, SIZE)
    options = {"batch_size": 2, "augment": AugmentConfig(), "seed": 9, "start_epoch": 0, "epochs": 3}
    dataset, _ = training_dataset(loader, **options, workers=workers, crops=CROPS)
    return loader, dataset


def test_batches_hold_parts_whatever_the_workers():
    import tensorflow as tf

    (_, one), (_, four) = batches(1), batches(4)
    assert one.element_spec == (tf.TensorSpec((2, 32, 48, 1), tf.uint8), tf.TensorSpec((2, 32, 48), tf.uint8))
    both = [[(image.numpy(), mask.numpy()) for image, mask in dataset] for dataset in (one, four)]
    assert len(both[0]) == 6
    for first, second in zip(*both, strict=True):
        assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])
    corners = {mask.tobytes() for _, masks in both[0] for mask in masks}
    assert len(corners) > 6


def test_a_part_is_cut_out_of_the_augmented_picture():
    from dentalx.datasets.augment import augment

    loader, dataset = batches(2)
    images, masks = [*dataset][3]
    for row, index in enumerate(batch_indices(9, 1, 1, 5, 2)):
        seed = augment_seed(9, 1, index)
        whole = augment(*loader[index], AugmentConfig(), seed, loader.flips)
        image, mask = cut(*whole, CROPS, np.random.default_rng((seed, 2)))
        assert np.array_equal(images[row, ..., 0], image) and np.array_equal(masks[row], mask)
