"""The network that a run's settings describe: built, started from weights, loaded, and taken out of its training."""

import warnings
from pathlib import Path

import keras

from dentalx.config import Precision, TrainConfig, from_json, to_json
from dentalx.errors import InputError, in_one_line
from dentalx.models import load_network
from dentalx.models.maskrcnn.anchors import Anchors
from dentalx.models.maskrcnn.build import BACKBONES, TrunkSettings, build_mask_rcnn
from dentalx.models.maskrcnn.checkpoint import read_checkpoint
from dentalx.models.maskrcnn.network import MaskRCNN
from dentalx.models.maskrcnn.resnet import Norm
from dentalx.models.maskrcnn.settings import ProposalSettings, RegionSettings
from dentalx.models.maskrcnn.torchvision import Transfer, load_tensors
from dentalx.models.maskrcnn.vgg import VGG16
from dentalx.models.weights_file import check_weights
from dentalx.runs import Run, describe

TORCHVISION = "torchvision:"
SUPPRESSED = 4  # anchors a level that suppression looks at, for each proposal: ten of them point to one tooth


def norm(config: TrainConfig) -> Norm:
    """The backbone's normalisation, "auto" decided."""
    asked = config.instances.norm
    if asked != "auto":
        return asked
    return "frozen" if (config.instances.init or "").startswith(TORCHVISION) else "group"


def settings(config: TrainConfig) -> tuple[ProposalSettings, RegionSettings]:
    """Of proposals and regions."""
    asked = config.instances
    before, after = SUPPRESSED * asked.proposals, asked.proposals
    proposals = ProposalSettings(before=(before, before), after=(after, after))
    return proposals, RegionSettings(drawn=asked.regions, detections=asked.detections)


def check_model(config: TrainConfig) -> None:
    """Raise InputError where no network can be built of these settings; reads and builds nothing."""
    model = config.model
    if model.backbone not in BACKBONES:
        known = ", ".join(BACKBONES)
        raise InputError(f"--task instance has the backbones {known}, not {model.backbone}; choose one with --backbone")
    init = config.instances.init or ""
    if init.startswith(TORCHVISION) and model.backbone == VGG16:
        raise InputError("torchvision's Mask R-CNN has a ResNet; use --backbone resnet50, not vgg16")
    if init.startswith(TORCHVISION) and norm(config) == "group":
        raise InputError("torchvision's weights are of batch normalisation; use --norm frozen or --norm batch")
    if init and not init.startswith(TORCHVISION) and not Path(init).is_dir():
        raise InputError(f"--init must be torchvision:FILE or the folder of a run, and {init} is no folder")
    if model.backbone == VGG16 and config.data.colour:
        raise InputError("vgg16 takes grey pictures here; use --backbone resnet50 with --colour")
    if model.backbone == VGG16 and config.instances.recompute:
        raise InputError("--recompute is for ResNets; leave it out with --backbone vgg16")
    if model.backbone == VGG16 and config.instances.norm not in ("auto", "group"):
        raise InputError("vgg16 has no normalisation to choose; leave --norm out")
    if any(side % 32 or side < 64 for side in model.image_size):
        sides = " ".join(str(max(64, round(side / 32) * 32)) for side in model.image_size)
        raise InputError(
            f"--task instance needs sides that are multiples of 32, at least 64, not "
            f"{model.image_size[0]}×{model.image_size[1]}; use --image-size {sides}"
        )


def build(config: TrainConfig, classes: int, anchors: Anchors, precision: Precision | None = None) -> MaskRCNN:
    """The network with random weights.

    Args:
        config: what was asked for.
        classes: K, without background.
        anchors: fitted to the training boxes.
        precision: instead of the one asked for.
    """
    asked = config.instances
    size, colours, backbone = config.model.image_size, 3 if config.data.colour else 1, config.model.backbone
    trunk = TrunkSettings(size, colours, backbone, norm(config), asked.channels, asked.hidden)
    model = build_mask_rcnn(classes, trunk, anchors, settings(config), precision or config.precision)
    model.seed = config.seed % 2**30  # it is added to, in 32 bits
    return model


def bare(model: MaskRCNN, anchors: Anchors) -> MaskRCNN:
    """The same network without an optimiser, over the same layers."""
    heads = (model.proposal_head, model.box_head, model.mask_head)
    return MaskRCNN(model.trunk, heads, anchors, (model.proposal_settings, model.region_settings), model.seed)


def start(model: MaskRCNN, config: TrainConfig) -> Transfer | None:
    """Give a new network the weights that `--init` or `--encoder-weights` ask for; None where they stay random.

    Raises:
        InputError: they cannot be had, or do not fit.
    """
    init, encoder = config.instances.init, config.model.encoder_weights
    if init and init.startswith(TORCHVISION):
        return load_tensors(model, read_checkpoint(Path(init.removeprefix(TORCHVISION))))
    if init:
        return _from_run(model, config, Run(Path(init)))
    if encoder in ("auto", "none"):
        return None
    if not Path(encoder).is_dir():
        raise InputError(
            f"--task instance cannot begin with --encoder-weights {encoder}: give the folder of a run, or weights of "
            "torchvision's with --init torchvision:FILE"
        )
    return _from_run(model, config, Run(Path(encoder)), heads=False)


def _from_run(model: MaskRCNN, config: TrainConfig, run: Run, heads: bool = True) -> Transfer:
    """Everything that fits of an instance run, or the encoder of a U-Net."""
    donor, own = describe(run).train, config.model.backbone
    if donor.model.backbone != own:
        raise InputError(f"{run.folder} has the backbone {donor.model.backbone}, not {own}; use that --backbone")
    if donor.task == "instance":
        network = load_instance_network(run)
        pairs = [(model.trunk, network.trunk)]
        if heads:
            pairs += [
                (model.proposal_head, network.proposal_head),
                (model.box_head, network.box_head),
                (model.mask_head, network.mask_head),
            ]
        return _transfer([mine for mine, _ in pairs], [other for _, other in pairs], str(run.folder))
    if own != VGG16:
        raise InputError(
            f"{run.folder} is a U-Net whose {own} normalises before each convolution, another network than the {own} "
            "here, and its weights mean nothing in it; U-Nets with --backbone vgg16 give their encoder"
        )
    return _transfer([model.trunk], [load_network(run).core], str(run.folder))


def _transfer(parts: list[keras.Model], donors: list[keras.Model], source: str) -> Transfer:
    """Layer by layer of one name."""
    theirs = {layer.name: layer.get_weights() for donor in donors for layer in donor.layers if layer.weights}
    taken, missing, unfitting = [], [], []
    for layer in (layer for part in parts for layer in part.layers):
        if not layer.weights or isinstance(layer, keras.layers.Normalization):
            continue
        values = theirs.pop(layer.name, None)
        if values is None:
            missing.append(layer.name)
        elif [value.shape for value in values] != [tuple(weight.shape) for weight in layer.weights]:
            unfitting.append(layer.name)
        else:
            layer.set_weights(values)
            taken.append(layer.name)
    theirs.pop("normalise", None)
    if not taken:
        raise InputError(f"{source} holds no layer of this backbone; it was trained with another --backbone")
    return Transfer(tuple(taken), tuple(missing), tuple(unfitting), tuple(sorted(theirs)))


def load_instance_network(run: Run, precision: Precision = "float32") -> MaskRCNN:
    """The network of a run with its best weights.

    Raises:
        InputError: not a run folder of --task instance, or its weights are missing or broken.
    """
    description = describe(run)
    if description.train.task != "instance":
        raise InputError(f"{run.folder} was trained with --task semantic; give a run of --task instance")
    if not run.best.is_file():
        raise InputError(f"{run.folder} has no {run.best.name} yet; let train.py finish an epoch, or resume it")
    try:
        anchors = from_json(Anchors, description.raw["anchors"])
        model = build(description.train, len(description.classes), anchors, precision)
        check_weights(run.best)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that the file lacks
            model.load_weights(run.best)
    except (OSError, KeyError, ValueError, UserWarning) as error:
        raise InputError(
            f"cannot load {run.best}: {in_one_line(error)}; the file is broken or of another network"
        ) from error
    return model


def described(anchors: Anchors, transfer: Transfer | None, config: TrainConfig) -> dict[str, object]:
    """What config.json says of the network besides what was asked for."""
    source = config.instances.init or config.model.encoder_weights
    weights = {"source": "scratch"} if transfer is None else {"source": source, **to_json(transfer)}
    return {"anchors": to_json(anchors), "norm": norm(config), "encoder": weights}
