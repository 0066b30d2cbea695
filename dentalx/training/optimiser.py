"""Optimisers and learning rates, such that a resumed run goes on as if it had never stopped."""

import keras

from dentalx.config import TrainConfig

WARM_UP_SHARE = 0.05
CLIP_NORM = 1.0
MOMENTUM = 0.9


def build_optimiser(config: TrainConfig, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser that `config` asks for.

    The cosine schedule (Loshchilov and Hutter 2017, without restarts) is a function of the step alone, so it needs no
    memory of its own; its warm-up takes the first 5 % of the steps. Gradients are clipped to a global norm of 1.
    `instances.accumulate` steps make one change; schedules count every step.
    """
    together = config.instances.accumulate if config.task == "instance" and config.instances.accumulate > 1 else None
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
        return keras.optimizers.Adam(rate, **limits)
    if config.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, **limits)
    if config.optimizer == "sgd":
        optimiser = keras.optimizers.SGD(rate, MOMENTUM, weight_decay=config.weight_decay, **limits)
    else:
        optimiser = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, **limits)
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser


def learning_rate(optimiser: keras.optimizers.Optimizer) -> float:
    """The rate of the next step."""
    return float(keras.ops.convert_to_numpy(optimiser.learning_rate))


def reduce_learning_rate(optimiser: keras.optimizers.Optimizer, factor: float) -> None:
    """Multiply a constant learning rate, for "plateau"; it is an optimiser variable, so checkpoints hold it."""
    optimiser.learning_rate = learning_rate(optimiser) * factor
