"""Models that stand for trained ones, and a server in this process that shows them."""

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dentalx.geometry import mask_box
from dentalx.inference import classify
from dentalx.inference.instances import Found
from dentalx.recipe import OFF
from dentalx.runs import Run
from dentalx.samples import Grey, Instances, Prediction
from dentalx.web.answers import Answers
from dentalx.web.folders import private_folder
from dentalx.web.looked import Card
from dentalx.web.server import Place, address, application, listen, server
from dentalx.web.shelf import Shelf

BRIGHT = Card("bright", "semantic", ("bright",), 0.5)
NUMBERED = Card("numbered", "instance", ("36", "caries", "tooth_37"), 0.5)


@dataclass
class Bright:
    """Stands for a `Predictor`: the grey level is the probability."""

    asked: int = 0
    together: int = 0
    _inside: list[int] = field(default_factory=list)

    def __call__(self, image_id: str, image: Grey) -> Prediction:
        self.asked += 1
        self._inside.append(1)
        self.together = max(self.together, len(self._inside))
        time.sleep(0.05)
        self._inside.pop()
        probability = image[..., None].copy()
        warned = ("looks inverted (enamel dark)",) if image[0, 0] == 1 else ()
        return Prediction(image_id, probability, classify(probability, 0.5), warned)


class Numbered:
    """Stands for an `InstancePredictor`: a tooth twice, another tooth, and caries, at fixed shares of the picture."""

    enhance = OFF
    seen, colour = None, False
    classes = NUMBERED.classes

    def __call__(self, image: Grey) -> Found:
        places = [(1, 0.9, 0.2), (3, 0.7, 0.2), (2, 0.6, 0.25), (1, 0.55, 0.6), (3, 0.2, 0.8)]
        masks = np.zeros((len(places), *image.shape), np.bool_)
        for mask, (_, _, left) in zip(masks, places, strict=True):
            start = int(left * image.shape[1])
            mask[image.shape[0] // 4 : image.shape[0] // 2, start : start + image.shape[1] // 10] = True
        labels = np.array([label for label, _, _ in places], np.int32)
        boxes = np.array([mask_box(mask) for mask in masks], np.float32)
        return Found(Instances(masks, labels, np.array([score for _, score, _ in places], np.float32)), boxes)


def shelf(bright: Bright) -> Shelf:
    """The two models, loaded."""
    both = [(BRIGHT, bright), (NUMBERED, Numbered())]
    made = Shelf(tuple(Run(Path(card.name)) for card, _ in both), tuple(card for card, _ in both))
    for card, model in both:
        made.hold(card.name, model)
    return made


@dataclass(frozen=True)
class Site:
    """A server that runs.

    Attributes:
        address: of the page.
        answers: what stands behind it.
        folder: where its temporary files lie.
        bright: the first model.
    """

    address: str
    answers: Answers
    folder: Path
    bright: Bright


@contextmanager
def site(password: str | None = None) -> Iterator[Site]:
    """A server in a thread of this process, on a free port."""
    with private_folder() as folder:
        place, bright = Place(port=0, password=password), Bright()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the page's library about itself
            app, answers = application(shelf(bright), place, folder)
        began = threading.Event()
        with listen(place) as listening:
            served = server(app, began.set)
            thread = threading.Thread(target=served.run, kwargs={"sockets": [listening]}, daemon=True)
            thread.start()
            assert began.wait(30)
            yield Site(address(place, listening), answers, folder, bright)
            served.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
