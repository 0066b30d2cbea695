"""Optimisers and learning rates, such that a resumed run goes on as if it had never stopped."""

from typing import Any

import keras
import tensorflow as tf

from dentalx.config import TrainConfig

WARM_UP_SHARE = 0.05
CLIP_NORM = 1.0
MOMENTUM = 0.9


class Adam(keras.optimizers.Adam):  # type: ignore[misc]
    """Keras' Adam (Kingma and Ba, ICLR 2015), by one operation of TensorFlow a variable, not a dozen."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        place = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def build_optimiser(config: TrainConfig, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser that `config` asks for.

    The cosine schedule (Loshchilov and Hutter 2017, without restarts) is a function of the step alone, so it needs no
    memory of its own; its warm-up takes the first 5 % of the steps. Gradients are clipped to a global norm of 1.
    `accumulate` steps make one change, by the mean of their gradients; schedules count every step.
    """
    together = config.accumulate if config.accumulate > 1 else None
    rate: float | keras.optimizers.schedules.LearningRateSchedule = config.learning_rate
    if config.schedule == "cosine":
        steps = config.epochs * steps_per_epoch
        warm_up = max(1, round(WARM_UP_SHARE * steps))
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate / 10,
            decay_steps=max(1, steps - warm_up),
            warmup_target=config.learning_rate,
            warmup_steps=warm_up,
        )
    limits = {"global_clipnorm": CLIP_NORM, "gradient_accumulation_steps": together}
    if config.optimizer == "adam":
        return Adam(rate, **limits)
    if config.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, **limits)
    if config.optimizer == "sgd":
        optimiser = keras.optimizers.SGD(rate, MOMENTUM, weight_decay=config.weight_decay, **limits)
    else:
        optimiser = Adam(rate, weight_decay=config.weight_decay, **limits)  # decoupled from the gradient: AdamW
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser


def learning_rate(optimiser: keras.optimizers.Optimizer) -> float:
    """The rate of the next step."""
    return float(keras.ops.convert_to_numpy(optimiser.learning_rate))


def reduce_learning_rate(optimiser: keras.optimizers.Optimizer, factor: float) -> None:
    """Multiply a constant learning rate, for "plateau"; it is an optimiser variable, so checkpoints hold it."""
    optimiser.learning_rate = learning_rate(optimiser) * factor
