"""Mask R-CNN for Keras 3, one idea a file; read `network` first."""

from dentalx.models.maskrcnn.anchors import Anchors, fit_anchors
from dentalx.models.maskrcnn.build import TrunkSettings, build_mask_rcnn
from dentalx.models.maskrcnn.network import LOSSES, MaskRCNN
from dentalx.models.maskrcnn.settings import ProposalSettings, RegionSettings

__all__ = [
    "LOSSES",
    "Anchors",
    "MaskRCNN",
    "ProposalSettings",
    "RegionSettings",
    "TrunkSettings",
    "build_mask_rcnn",
    "fit_anchors",
]
