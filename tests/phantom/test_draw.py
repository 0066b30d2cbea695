"""Laws that every phantom keeps, over a handful of seeds."""

import dataclasses
import subprocess
import sys

import cv2
import numpy as np
import pytest

from dentalx.phantom import CLASSES, FINDINGS, STRUCTURES, STYLES, Phantom, PhantomConfig, draw

SIZE = (128, 256)
BUSY = PhantomConfig(
    missing=1.0,
    caries=0.5,
    filling=0.5,
    crown=0.15,
    root_canal_filling=0.3,
    periapical_lesion=0.3,
    implant=0.7,
    impacted=0.7,
)
FULL = PhantomConfig(missing=0.0, impacted=0.0, mixed=0.0)


@pytest.fixture(scope="module")
def busy() -> list[Phantom]:
    return [draw(3, index, (192, 384), config=BUSY) for index in range(8)]


def same(a: Phantom, b: Phantom) -> bool:
    planes = [p.image.tobytes() + p.teeth.masks.tobytes() + p.teeth.labels.tobytes() for p in (a, b)]
    return planes[0] == planes[1] and all((a.plane(name) == b.plane(name)).all() for name in CLASSES)


def test_the_same_seed_and_index_give_the_same_bytes_and_others_do_not():
    first = draw(5, 2, SIZE)
    assert same(first, draw(5, 2, SIZE))
    assert not np.array_equal(first.image, draw(5, 3, SIZE).image)
    assert not np.array_equal(first.image, draw(6, 2, SIZE).image)
    assert not np.array_equal(draw(5, 6, SIZE).image, draw(6, 5, SIZE).image)


def test_drawing_neither_asks_nor_moves_the_global_generator():
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    first = draw(5, 2, SIZE)
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(2)
    assert same(first, draw(5, 2, SIZE))


@pytest.mark.parametrize("size", [(16, 16), (37, 91), (101, 64), (64, 300), (131, 257)])
def test_any_size_also_odd_tall_and_wide(size):
    phantom = draw(1, 4, size)
    assert phantom.image.shape == size
    assert all(phantom.plane(name).shape == size for name in CLASSES)
    assert phantom.teeth.masks.shape[1:] == size
    assert phantom.plane("mandible").any()


@pytest.mark.parametrize("index", range(3))
def test_another_size_shows_the_same_patient(index):
    small, large = draw(8, index, (128, 256)), draw(8, index, (384, 768))
    assert set(small.teeth.labels) == set(large.teeth.labels)
    assert small.style == large.style
    for name in ("teeth", "mandible"):
        shrunk = cv2.resize(large.plane(name).astype(np.float32), (256, 128), interpolation=cv2.INTER_AREA) >= 0.5
        plane = small.plane(name)
        assert 2 * (shrunk & plane).sum() / (shrunk.sum() + plane.sum()) > 0.95
    shrunk = cv2.resize(large.image, (256, 128), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(shrunk.ravel(), small.image.ravel())[0, 1] > 0.95


def test_types_ranges_and_keys(busy):
    for phantom in busy:
        assert phantom.image.dtype == np.float32
        assert np.isfinite(phantom.image).all()
        assert 0 <= phantom.image.min() < phantom.image.max() <= 1
        assert tuple(phantom.structures) == STRUCTURES
        assert tuple(phantom.findings) == FINDINGS
        assert all(phantom.plane(name).dtype == np.bool_ for name in CLASSES)
        assert phantom.style in STYLES
        assert phantom.teeth.masks.any(axis=(1, 2)).all(), "a tooth without a pixel is not listed"
        assert len(set(phantom.teeth.labels.tolist())) == len(phantom.teeth)


def test_a_phantom_cannot_be_edited(busy):
    with pytest.raises(ValueError, match="read-only"):
        busy[0].image[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        busy[0].structures["mandible"][0, 0] = True
    with pytest.raises(TypeError):
        busy[0].structures["mandible"] = busy[0].structures["pulp"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        busy[0].style = "other"


def test_thirty_two_teeth_in_their_quadrants_and_in_order():
    for index in range(6):
        phantom = draw(2, index, (192, 384), config=FULL)
        assert phantom.teeth.labels.tolist() == [q * 10 + p for q in (1, 2, 3, 4) for p in range(1, 9)]
        columns = np.arange(384)
        rows = np.arange(192)
        x = {
            n: float(m.sum(0) @ columns / m.sum())
            for n, m in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True)
        }
        y = {
            n: float(m.sum(1) @ rows / m.sum()) for n, m in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True)
        }
        middle = np.mean([x[11], x[21], x[31], x[41]])
        assert all((x[n] < middle) == (n // 10 in (1, 4)) for n in x), "quadrants 1 and 4 lie on the left"
        for position in range(1, 9):
            for upper, lower in ((10, 40), (20, 30)):
                assert y[upper + position] < y[lower + position]
        for quadrant, sign in ((1, -1), (2, 1), (3, 1), (4, -1)):
            places = [sign * x[quadrant * 10 + position] for position in range(1, 9)]
            assert places == sorted(places), "from the middle to the back"


def test_molars_are_wider_than_incisors_and_canines_the_longest():
    phantom = draw(2, 0, (256, 512), config=FULL)
    width = {n: m.any(0).sum() for n, m in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True)}
    height = {n: m.any(1).sum() for n, m in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True)}
    assert np.mean([width[n] for n in (16, 26, 36, 46)]) > 1.4 * np.mean([width[n] for n in (12, 22, 32, 42)])
    assert np.mean([height[n] for n in (13, 23, 33, 43)]) > np.mean([height[n] for n in (17, 27, 37, 47)])


def test_what_lies_within_what(busy):
    for phantom in busy:
        teeth, mandible = phantom.plane("teeth"), phantom.plane("mandible")
        for name in ("caries", "filling", "root_canal_filling", "enamel", "dentine", "pulp", "impacted_tooth"):
            assert not (phantom.plane(name) & ~teeth).any(), name
        for name in ("mandibular_canal", "mental_foramen"):
            assert not (phantom.plane(name) & ~mandible).any(), name
        parts = np.stack([phantom.plane(n) for n in ("enamel", "dentine", "pulp")])
        assert np.array_equal(parts.any(0), teeth), "enamel, dentine and pulp make up the teeth"
        assert not (phantom.plane("maxillary_sinus") & phantom.plane("nasal_cavity")).any()


def test_each_tooth_is_the_union_of_its_tissues():
    phantom = draw(4, 1, (192, 384), config=PhantomConfig(missing=30.0))
    for label, mask in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True):
        assert np.array_equal(phantom.plane(f"tooth_{label}"), mask)


def test_crowns_of_lower_teeth_stand_above_the_mandible_and_their_roots_within():
    for index in range(5):
        phantom = draw(9, index, (256, 512), config=FULL)
        mandible = phantom.plane("mandible")
        for n, mask in zip(phantom.teeth.labels, phantom.teeth.masks, strict=True):
            if n // 10 in (3, 4) and n % 10 <= 5:
                rows = np.flatnonzero(mask.any(1))
                top, bottom = rows[0] + len(rows) // 5, rows[-1] - len(rows) // 3
                assert not (mask[:top] & mandible[:top]).any(), n
                below = mask[bottom:]
                assert (below & mandible[bottom:]).sum() > 0.95 * below.sum(), n


def test_truth_is_seen_in_the_picture():
    """Teeth are brighter than what lies around them, caries darker than enamel, metal the brightest."""
    tooth, around, decay, metal = [], [], [], []
    for index in range(8):
        phantom = draw(12, index, (192, 384), config=dataclasses.replace(BUSY, marker=0.0))
        teeth = phantom.plane("teeth")
        ring = cv2.dilate(teeth.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool) & ~teeth
        tooth.append(phantom.image[teeth].mean())
        around.append(phantom.image[ring].mean())
        if (hit := phantom.plane("caries")).any():
            decay.append(phantom.image[hit].mean() - phantom.image[phantom.plane("enamel") & ~hit].mean())
        if (hit := phantom.plane("implant")).any():
            metal.append(phantom.image[hit].mean() - phantom.image[teeth].mean())
    assert (np.array(tooth) > np.array(around) + 0.03).all()
    assert decay and np.mean(decay) < -0.02
    assert metal and min(metal) > 0.05


def test_nothing_is_true_under_a_black_frame():
    framed = 0
    for index in range(12):
        phantom = draw(15, index, (192, 256))
        dark_rows = ~phantom.image.any(axis=1)
        framed += bool(dark_rows.sum() > 4)
        assert not any(phantom.plane(name)[dark_rows].any() for name in CLASSES)
    assert framed >= 3


def test_shares_lie_where_real_ones_lie():
    phantoms = [draw(21, index, (212, 512)) for index in range(20)]
    teeth = np.array([p.plane("teeth").mean() for p in phantoms])
    mandible = np.array([p.plane("mandible").mean() for p in phantoms])
    median = np.array([np.median(p.image) for p in phantoms])
    assert 0.17 < teeth.mean() < 0.25
    assert 0.35 < mandible.mean() < 0.44
    assert mandible.min() > 0.25
    assert 0.3 < median.mean() < 0.5
    assert median.std() > 0.03, "styles differ"
    assert len({p.style for p in phantoms}) >= 4


def test_rates_are_obeyed():
    none = PhantomConfig(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    clean = [draw(1, index, SIZE, config=none) for index in range(4)]
    assert all(len(p.teeth) == 32 for p in clean)
    assert not any(p.findings[name].any() for p in clean for name in FINDINGS)
    busy = [draw(1, index, SIZE, config=BUSY) for index in range(12)]
    assert all(any(p.findings[name].any() for p in busy) for name in FINDINGS)
    assert min(len(p.teeth) for p in busy) < 30


def test_styles_can_be_chosen():
    for name in STYLES:
        assert draw(1, 0, SIZE, config=PhantomConfig(styles=(name,))).style == name
    with pytest.raises(ValueError, match=r"unknown styles \['sepia'\]; known are \['bright'"):
        draw(1, 0, SIZE, config=PhantomConfig(styles=("sepia",)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 0, SIZE), "not be negative, got -1 and 0"),
        ((0, -2, SIZE), "not be negative, got 0 and -2"),
        ((0, 0, (8, 256)), "at least 16×16 pixels, got 8×256"),
    ],
)
def test_what_cannot_be_drawn(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)


@pytest.mark.parametrize(
    "options", [{"caries": 1.5}, {"missing": -1.0}, {"marker": float("nan")}, {"missing": float("nan")}]
)
def test_impossible_rates_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        PhantomConfig(**options)


def test_importing_is_light():
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'scipy.interpolate', 'PIL'}"
    code = f"import sys, dentalx.phantom; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
