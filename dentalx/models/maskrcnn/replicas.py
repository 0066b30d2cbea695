"""What the replicas of a step must agree on, so that several learn as one does with the whole batch.

A loss is a sum over what was drawn, divided by how much was drawn; of a batch that is divided over replicas the sums
are each replica's own, and what they are divided by is everybody's. The losses then add up to that of the whole batch.
"""

from typing import Any

import tensorflow as tf


def replicas() -> int:
    """How many there are."""
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def everywhere(count: Any) -> Any:
    """The sum over all replicas of a count, which no gradient flows through."""
    context = tf.distribute.get_replica_context()
    if context is None or replicas() == 1:
        return count
    return tf.stop_gradient(context.all_reduce(tf.distribute.ReduceOp.SUM, count))


def luck(shape: Any, seed: Any) -> Any:
    """Uniform numbers in (0, 1) for this replica's rows of the batch: those the rows would have had in one replica.

    Of n replicas, each has every n-th row, as `datasets.shares` deals them out.

    Args:
        shape: (B, N) of this replica.
        seed: (2,) integers, of the step.
    """
    rows, columns = shape[0], shape[1]
    context = tf.distribute.get_replica_context()
    first = 0 if context is None else tf.cast(context.replica_id_in_sync_group, tf.int32)
    everyone = tf.random.stateless_uniform((replicas() * rows, columns), seed, 1e-6, 1.0 - 1e-6)
    return everyone[first :: replicas()]
