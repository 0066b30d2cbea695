"""Images whose masks lie in the folder of another split: what to say of them."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

from dentalx.datasets.folder_pairs import Pair
from dentalx.datasets.pairing import divide_by_name, images_within, pair_trees
from dentalx.errors import InputError

_SHOWN = 5


def misplaced_masks(paired: Mapping[Pair, Sequence[tuple[Path, Path]]]) -> list[str]:
    """One sentence on the images without a mask whose mask is left over in another split; none where there are none.

    Such images are left out and not taken for negatives; neither is the mask moved, since either may be misplaced.

    Args:
        paired: folders of images and masks, with the (image, mask) files that pair in them.
    """
    if len({pair.split for pair in paired}) < 2:
        return []
    lonely = {pair: _lonely(pair, files) for pair, files in paired.items()}
    found = []
    for here, there in permutations(paired, 2):
        if here.split == there.split or not (lonely[here][0] and lonely[there][1]):
            continue
        try:
            apart, _ = pair_trees((here.images, lonely[here][0]), (there.masks, lonely[there][1]))
        except InputError:  # two files of one name: they are listed as files without a partner
            continue
        found += [f"{image.name} ({here.split}, mask in {there.split})" for image, _ in apart]
    if not found:
        return []
    shown = ", ".join(found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    return [
        f"{len(found)} image(s) left out have their mask in the folder of another split; move one of the two: {shown}"
    ]


def _lonely(pair: Pair, files: Sequence[tuple[Path, Path]]) -> tuple[list[Path], list[Path]]:
    """The images and the masks of two folders that pair with nothing there."""
    used = {path for both in files for path in both}
    images, masks = images_within(pair.images), images_within(pair.masks)
    if pair.images == pair.masks:
        images, masks = divide_by_name(images)
    return [path for path in images if path not in used], [path for path in masks if path not in used]
