"""What Keras 3.15 gets wrong where several replicas train together, mended; its test says when it can be deleted.

Each of these is a fault of Keras with the TensorFlow backend under `tf.distribute`:

- `fit` looks at the first batch by reducing it over workers, where it could look at its own part;
- it reduces the logs of a step, which are numbers, over an axis that they do not have;
- optimisers clip each replica's own gradient, and look for infinities in it, before the gradients are added up.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from keras import tree
from keras.src.backend.tensorflow import trainer
from keras.src.backend.tensorflow.optimizer import TFOptimizer
from keras.src.optimizers.base_optimizer import BaseOptimizer

_REDUCE = trainer.reduce_per_replica
_APPLY = BaseOptimizer.apply_gradients
_ADD_UP = TFOptimizer._all_reduce_sum_gradients


def _build(self: Any, iterator: Any = None, data_batch: Any = None) -> None:
    strategy = self._distribute_strategy
    if strategy is None:
        return
    if iterator is not None:
        for _, _, batches in iterator:
            data_batch = tree.map_structure(lambda v: strategy.experimental_local_results(v)[0], next(batches))
            break
    with strategy.scope():
        self._symbolic_build(data_batch=data_batch)


def _reduce(values: Any, strategy: Any, reduction: str) -> Any:
    if strategy.extended._in_multi_worker_mode() and reduction in ("auto", "mean"):
        return tree.map_structure(lambda value: strategy.reduce("MEAN", value, axis=None), values)
    return _REDUCE(values, strategy, reduction)


def _apply(self: Any, grads_and_vars: Any) -> Any:
    return _APPLY(self, _ADD_UP(self, grads_and_vars))


FAULTS = {
    "the first batch": ((trainer.TensorFlowTrainer, "_maybe_symbolic_build", _build),),
    "logs": ((trainer, "reduce_per_replica", _reduce),),
    "gradients": (
        (BaseOptimizer, "apply_gradients", _apply),
        (TFOptimizer, "_all_reduce_sum_gradients", lambda self, pairs: pairs),
    ),
}


@contextlib.contextmanager
def mended(faults: Iterable[str] = tuple(FAULTS)) -> Iterator[None]:
    """Keras as it should be, for a `fit` on several replicas.

    Args:
        faults: which of `FAULTS` are mended.
    """
    places = [place for name in faults for place in FAULTS[name]]
    before = [getattr(owner, name) for owner, name, _ in places]
    try:
        for owner, name, better in places:
            setattr(owner, name, better)
        yield
    finally:
        for (owner, name, _), old in zip(places, before, strict=True):
            setattr(owner, name, old)
