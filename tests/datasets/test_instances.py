"""Objects one by one, and batches of them."""

import numpy as np
import pytest

from dentalx.config import AugmentConfig
from dentalx.datasets.instance_pipeline import (
    Feed,
    InstanceLoader,
    Scene,
    changed,
    evaluation_batches,
    padded,
    training_batches,
)
from dentalx.datasets.instances import load_instances, mirrored_labels
from dentalx.datasets.phantoms import PhantomSource
from dentalx.phantom.teeth import FDI

SOURCE = PhantomSource(3, size=(64, 128), classes=("teeth", "caries"))
NUMBERED = PhantomSource(2, size=(64, 128), classes=tuple(f"tooth_{fdi}" for fdi in FDI))
FLIP = AugmentConfig(flip_p=1, rotate_p=0, brightness_p=0, affine_p=0)


def test_phantoms_know_each_tooth() -> None:
    for record in SOURCE.records:
        phantom, sample = SOURCE.phantom(record), load_instances(SOURCE, record)
        teeth = sample.instances.masks[sample.instances.labels == 1]
        assert len(teeth) == len([m for m in phantom.teeth.masks if m.any()])
        caries = sample.instances.masks[sample.instances.labels == 2]
        assert (caries.any(0) if len(caries) else np.zeros((64, 128), bool)).sum() == phantom.findings["caries"].sum()


def test_a_flip_makes_each_tooth_the_one_across() -> None:
    flips = mirrored_labels(NUMBERED.classes)
    scene = InstanceLoader(NUMBERED, NUMBERED.records, (64, 128))[0]
    found = changed(scene, FLIP, flips, 7)
    assert (found.image == scene.image[:, ::-1]).all()
    names = {NUMBERED.classes[label - 1]: mask for label, mask in zip(found.labels, found.masks, strict=True)}
    before = {NUMBERED.classes[label - 1]: mask for label, mask in zip(scene.labels, scene.masks, strict=True)}
    assert (names["tooth_26"] == before["tooth_16"][:, ::-1]).all()
    assert changed(scene, FLIP, None, 7).image.tolist() == scene.image.tolist()


def test_what_leaves_the_picture_is_left_out() -> None:
    masks = np.zeros((2, 40, 40), np.uint8)
    masks[0, 15:25, 15:25] = 1
    masks[1, 0:3, 0:3] = 1
    scene = Scene(np.zeros((40, 40), np.uint8), masks, np.array([1, 2], np.int32))
    grown = AugmentConfig(flip_p=0, rotate_p=0, brightness_p=0, affine_p=1, shift=0.3, scale=0, affine_degrees=0)
    counts = {len(changed(scene, grown, None, seed).labels) for seed in range(20)}
    assert counts == {1, 2}


def test_padding_keeps_the_largest() -> None:
    masks = np.zeros((3, 8, 8), np.uint8)
    masks[0, 0, 0] = masks[1, 2:6, 1:3] = masks[2, 7, 2:8] = 1
    image, boxes, labels, planes = padded(Scene(np.zeros((8, 8), np.uint8), masks, np.array([3, 4, 5], np.int32)), 2)
    assert image.shape == (8, 8, 1)
    assert labels.tolist() == [4, 5]
    assert boxes.tolist() == [[2, 1, 6, 3], [7, 2, 8, 8]]
    assert planes.shape == (2, 8, 8) and planes[0].sum() == 8


def test_batches_are_the_same_wherever_training_resumes() -> None:
    loader = InstanceLoader(SOURCE, SOURCE.records, (64, 128))
    feed = Feed(2, 40, AugmentConfig(), mirrored_labels(SOURCE.classes), seed=3)
    whole, steps = training_batches(loader, feed, 0, 3)
    later, _ = training_batches(loader, feed, 2, 3)
    assert steps == 1
    last = list(whole)[-1]
    again = next(iter(later))
    assert (last[0].numpy() == again[0].numpy()).all()
    assert all((last[1][name].numpy() == again[1][name].numpy()).all() for name in ("boxes", "labels", "masks"))


def test_evaluation_goes_through_every_picture() -> None:
    loader = InstanceLoader(SOURCE, SOURCE.records, (64, 128))
    batches = list(evaluation_batches(loader, Feed(2, 40)))
    assert [len(image) for image, _ in batches] == [1, 1, 1]
    assert (batches[2][0][0].numpy()[..., 0] == loader[2].image).all()


@pytest.mark.parametrize("classes", [("36", "37"), ("tooth_11",)])
def test_half_a_jaw_is_never_flipped(classes: tuple[str, ...]) -> None:
    assert mirrored_labels(classes) is None
