"""Batches: the same bytes whatever the workers, resumed where they were, and bad files found early."""

import numpy as np
import pytest
from PIL import Image

from dentalx.config import AugmentConfig
from dentalx.datasets.augment import augment, augment_seed
from dentalx.datasets.folders import open_pair
from dentalx.datasets.phantoms import PhantomSource
from dentalx.datasets.pipeline import Loader, batch_indices, evaluation_dataset, training_dataset
from dentalx.errors import InputError
from dentalx.preprocess import Letterbox, to_uint8
from dentalx.samples import Record, Sample

SIZE = (24, 48)


class Drawn:
    """A source of small random pictures of two shapes, which counts how often each is read."""

    name, classes, notes = "drawn", ("teeth",), ()

    def __init__(self, count):
        self.records = tuple(Record(f"{i:03}", f"{i:03}") for i in range(count))
        self.reads = dict.fromkeys((record.image_id for record in self.records), 0)

    def load(self, record):
        self.reads[record.image_id] += 1
        rng = np.random.default_rng(int(record.image_id))
        shape = (30, 48) if int(record.image_id) % 2 else (24, 60)
        return Sample(record.image_id, rng.random(shape, np.float32), rng.integers(0, 2, shape).astype(np.uint8))


def loader_of(count, **options):
    source = Drawn(count)
    return Loader(source, source.records, SIZE, **options)


def batches(dataset):
    return [(image.numpy(), mask.numpy()) for image, mask in dataset]


def same(first, second):
    return len(first) == len(second) and all(
        np.array_equal(a, b) for pair in zip(first, second, strict=True) for a, b in zip(*pair, strict=True)
    )


def train(count=11, start_epoch=0, epochs=3, workers=None, augment=None, seed=4, batch_size=4, **options):
    loader = loader_of(count, **options)
    dataset, steps = training_dataset(
        loader,
        batch_size=batch_size,
        augment=augment,
        seed=seed,
        start_epoch=start_epoch,
        epochs=epochs,
        workers=workers,
    )
    return dataset, steps


# --- the loader -----------------------------------------------------------------------------------------------


def test_a_loaded_picture_is_letterboxed_bytes():
    loader = loader_of(2)
    image, mask = loader[1]
    sample = loader_sample(1)
    box = Letterbox(sample.mask.shape, SIZE)
    assert np.array_equal(image, to_uint8(box.apply_image(sample.image)))
    assert np.array_equal(mask, box.apply_mask(sample.mask))
    assert image.shape == mask.shape == SIZE and image.dtype == mask.dtype == np.uint8
    assert not image.flags.writeable and not mask.flags.writeable
    assert (mask[:, :5] == 255).all() and (image[:, :5] == 0).all()  # 30×48 stands upright in 24×48


def loader_sample(index):
    source = Drawn(index + 1)
    return source.load(source.records[index])


def test_each_picture_is_read_once():
    source = Drawn(6)
    loader = Loader(source, source.records, SIZE)
    loader.prepare()
    for index in range(6):
        assert loader[index][0] is loader[index][0]
    assert set(source.reads.values()) == {1} and len(loader) == 6 and loader.records == source.records


def test_beyond_its_memory_it_reads_again():
    each = 2 * SIZE[0] * SIZE[1]
    for room, reads in [(0, 12), (2 * each + 1, 10), (6 * each, 6)]:
        source = Drawn(6)
        loader = Loader(source, source.records, SIZE, cache_bytes=room)
        for _ in range(2):
            for index in range(6):
                loader[index]
        assert sum(source.reads.values()) == reads


def test_progress_is_told():
    seen = []
    loader_of(3).prepare(lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def folder_source(tmp_path, count):
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        for i in range(count):
            Image.fromarray(np.full(SIZE, i % 2, np.uint8)).save(tmp_path / kind / f"{i}.png")
    return open_pair(tmp_path / "images", tmp_path / "masks")


def test_all_bad_files_are_listed_before_training(tmp_path):
    source = folder_source(tmp_path, 5)
    for i in (1, 3):
        path = tmp_path / "images" / f"{i}.png"
        path.write_bytes(path.read_bytes()[:45])
    Image.fromarray(np.full(SIZE, 99, np.uint8)).save(tmp_path / "masks" / "4.png")
    loader = Loader(source, source.records, SIZE)
    with pytest.raises(
        InputError, match=r"^3 files cannot be used:\n  .*1\.png.*\n  .*3\.png.*\n  mask .*4\.png"
    ) as all3:
        loader.prepare()
    assert len(str(all3.value).splitlines()) == 4
    with pytest.raises(InputError, match=r"^\S*1\.png is truncated"):
        Loader(source, source.records[:3], SIZE).prepare()


def test_a_bad_file_inside_a_worker_is_kept_for_the_user(tmp_path):
    source = folder_source(tmp_path, 3)
    (tmp_path / "images" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    loader = Loader(source, source.records, SIZE)
    with pytest.raises(Exception, match=r"1\.png"):
        list(evaluation_dataset(loader, 2))
    assert isinstance(loader.failure, InputError) and "1.png" in str(loader.failure)


# --- training batches -----------------------------------------------------------------------------------------


def test_order_by_hand_and_by_law():
    epochs = [[i for step in range(3) for i in batch_indices(9, epoch, step, 12, 4)] for epoch in range(4)]
    assert all(sorted(order) == list(range(12)) for order in epochs)
    assert len({tuple(order) for order in epochs}) == 4
    assert batch_indices(9, 2, 1, 12, 4) == epochs[2][4:8]
    assert batch_indices(8, 0, 0, 12, 4) != epochs[0][:4]
    assert sorted(batch_indices(0, 0, 0, 3, 8)) == [0, 1, 2]


def test_batches_hold_the_pictures_that_batch_indices_names():
    dataset, steps = train(count=11, epochs=2, seed=4)
    assert steps == 2
    found, loader = batches(dataset), loader_of(11)
    assert len(found) == 4
    for number, (images, masks) in enumerate(found):
        indices = batch_indices(4, number // 2, number % 2, 11, 4)
        for row, index in enumerate(indices):
            assert np.array_equal(images[row, ..., 0], loader[index][0])
            assert np.array_equal(masks[row], loader[index][1])


def test_each_picture_is_augmented_with_its_own_seed():
    recipe = AugmentConfig(flip_p=1)
    images, masks = batches(train(augment=recipe, epochs=3, seed=4)[0])[5]
    loader = loader_of(11)
    for row, index in enumerate(batch_indices(4, 2, 1, 11, 4)):
        image, mask = augment(*loader[index], recipe, augment_seed(4, 2, index))
        assert np.array_equal(images[row, ..., 0], image) and np.array_equal(masks[row], mask)


@pytest.mark.parametrize("recipe", [None, AugmentConfig()])
def test_the_same_bytes_whatever_the_workers_and_the_memory(recipe):
    one = batches(train(workers=1, augment=recipe)[0])
    four = batches(train(workers=4, augment=recipe)[0])
    forgetful = batches(train(workers=3, augment=recipe, cache_bytes=0)[0])
    assert same(one, four) and same(one, forgetful)
    assert not same(one, batches(train(seed=5, augment=recipe)[0]))


def test_resuming_sees_what_the_uninterrupted_run_would_have_seen():
    whole, steps = train(augment=AugmentConfig(), epochs=4)
    resumed, _ = train(augment=AugmentConfig(), start_epoch=2, epochs=4)
    assert same(batches(whole)[2 * steps :], batches(resumed))


def test_fewer_pictures_than_a_batch_make_one_smaller_batch():
    dataset, steps = train(count=3, epochs=2, batch_size=8)
    found = batches(dataset)
    assert steps == 1 and [len(images) for images, _ in found] == [3, 3]


def test_shapes_are_known_before_running():
    import tensorflow as tf

    dataset, _ = train(count=11)
    expected = (tf.TensorSpec((4, *SIZE, 1), tf.uint8), tf.TensorSpec((4, *SIZE), tf.uint8))
    assert dataset.element_spec == expected
    assert int(dataset.cardinality()) == 6


def test_no_picture_is_a_programming_error():
    with pytest.raises(ValueError, match="no picture"):
        train(count=0)


# --- evaluation batches ---------------------------------------------------------------------------------------


def test_evaluation_is_in_order_unchanged_and_complete():
    loader = loader_of(7)
    found = batches(evaluation_dataset(loader, 3, workers=4))
    assert [len(images) for images, _ in found] == [3, 3, 1]
    images = np.concatenate([images for images, _ in found])
    masks = np.concatenate([masks for _, masks in found])
    for index in range(7):
        assert np.array_equal(images[index, ..., 0], loader[index][0]) and np.array_equal(
            masks[index], loader[index][1]
        )


def test_evaluation_knows_its_shapes():
    assert evaluation_dataset(loader_of(6), 3).element_spec[0].shape == (3, *SIZE, 1)
    assert evaluation_dataset(loader_of(7), 3).element_spec[0].shape.as_list() == [None, *SIZE, 1]
    assert list(evaluation_dataset(loader_of(0), 3)) == []


def test_a_flipped_jaw_has_its_teeth_on_the_other_side():
    source = PhantomSource(3, 3, (64, 128), ("tooth_16", "teeth", "tooth_26"))
    loader = Loader(source, source.records, (64, 128))
    still = AugmentConfig(flip_p=1, rotate_p=0, brightness_p=0, affine_p=0)
    dataset, _ = training_dataset(loader, batch_size=3, augment=still, seed=3, start_epoch=0, epochs=1)
    images, masks = (each.numpy() for each in next(iter(dataset)))
    assert loader.flips == (0, 3, 2, 1)
    for row, index in enumerate(batch_indices(3, 0, 0, 3, 3)):
        image, mask = loader[index]
        assert np.array_equal(images[row, ..., 0], image[:, ::-1])
        for label, other in ((1, 3), (2, 2), (3, 1)):
            assert np.array_equal(masks[row] == other, mask[:, ::-1] == label)
