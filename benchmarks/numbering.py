"""How many wrong tooth numbers `inference.numbering` mends, and how many right ones it harms.

python benchmarks/numbering.py COCO.json [--wrong 0.1] [--seed 0]

The true boxes of the file's teeth (classes that are FDI numbers) get scores of 0.6 to 1. A share of the teeth is then
called like a neighbour in the same quadrant, at four fifths of the score. Masks play no part.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

Teeth = list[tuple[float, int]]


def main() -> int:
    """Print the counts as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("coco", type=Path)
    parser.add_argument("--wrong", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    pictures = read(json.loads(arguments.coco.read_text("utf-8")))
    rng = np.random.default_rng(arguments.seed)
    counts: Counter[str] = Counter(pictures=len(pictures), teeth=sum(map(len, pictures)))
    for teeth in pictures:
        counts += tried(teeth, arguments.wrong, rng)
    print(json.dumps({"machine": describe(), "wrong": arguments.wrong, "seed": arguments.seed, **counts}, indent=1))
    return 0


def read(coco: dict[str, list[dict[str, object]]]) -> list[Teeth]:
    """Middle column and FDI number of each tooth, by picture."""
    from dentalx.datasets.instances import tooth_number

    numbers = {category["id"]: tooth_number(str(category["name"])) for category in coco["categories"]}
    found: dict[object, Teeth] = defaultdict(list)
    for annotation in coco["annotations"]:
        number = numbers[annotation["category_id"]]
        if number is not None:
            x, _, width, _ = annotation["bbox"]  # type: ignore[misc]
            found[annotation["image_id"]].append((float(x) + float(width) / 2, number))
    return list(found.values())


def tried(teeth: Teeth, wrong: float, rng: np.random.Generator) -> Counter[str]:
    """Of one picture: what happens to true numbers, and to partly wrong ones."""
    from dentalx.inference.numbering import consistent

    columns, true = np.array([x for x, _ in teeth]), np.array([number for _, number in teeth])
    alone = np.eye(len(teeth))
    changed = len(consistent(columns, true, np.full(len(teeth), 0.9), alone)[1])
    called, scores = true.copy(), rng.uniform(0.6, 1.0, len(teeth))
    for i in np.flatnonzero(rng.random(len(teeth)) < wrong):
        other = int(true[i]) + int(rng.choice([-1, 1]))
        if 1 <= other % 10 <= 8:
            called[i], scores[i] = other, 0.8 * scores[i]
    given, _ = consistent(columns, called, scores, alone)
    pairs = list(zip(true.tolist(), called.tolist(), given, strict=True))
    return Counter(
        right_numbers_changed_where_all_are_right=changed,
        called_wrongly=sum(t != c for t, c, _ in pairs),
        mended=sum(t != c and t == g for t, c, g in pairs),
        harmed=sum(t == c and t != g for t, c, g in pairs),
        left_out=sum(g is None for _, _, g in pairs),
    )


if __name__ == "__main__":
    sys.exit(main())
