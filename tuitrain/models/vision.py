"""The image classifiers of torchvision, untrained."""

import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from tuitrain.datasets.splitting import impossible
from tuitrain.models.layers import label
from tuitrain.models.model import Network, needs_images
from tuitrain.problems import Problem, Rejected, nearest

if TYPE_CHECKING:
    from torch import nn

    from tuitrain.datasets import Facts

KEY = "models.architecture"
_RESNETS = r"(wide_)?resne(x)?t\d.*"


class Torchvision(Network):
    """An image classifier of torchvision by name, such as resnet18, with untrained weights. For images."""

    kind: Literal["torchvision"] = "torchvision"
    architecture: str = Field(default="resnet18", min_length=1)
    """Name of a classifier in torchvision.models: resnet18, mobilenet_v3_small, efficientnet_b0, vgg11_bn, ..."""
    stem: Literal["imagenet", "small"] = "imagenet"
    """How a ResNet begins: as for ImageNet (images to an eighth at once), or small, for about 32 x 32 pixels."""

    @model_validator(mode="after")
    def _only_resnets_have_stems(self) -> "Torchvision":
        if self.stem == "small" and not re.fullmatch(_RESNETS, self.architecture):
            raise impossible(
                f'stem = "small" is for ResNets and architecture is {self.architecture}; '
                'set stem = "imagenet", or an architecture such as resnet18'
            )
        return self

    @property
    def name(self) -> str:
        """The architecture, and the stem where it is not the usual one."""
        return label(self.architecture, "" if self.stem == "imagenet" else self.stem)

    def misfit(self, facts: "Facts") -> str:
        """Return a sentence for samples that are not images; whether these are too small only `build` can tell."""
        return needs_images(self.kind, facts)

    def parameters(self, shape: tuple[int, ...], outputs: int) -> None:
        """Return None: only torchvision can tell, which takes seconds to import."""

    def build(self, shape: tuple[int, ...], outputs: int) -> "nn.Module":
        """Return the network for images [N, C, H, W] of any number of channels; raise Rejected.

        Rejected are names that torchvision does not have, with the nearest it has, and images that are too small
        for the architecture: one of zeros goes through it, in evaluation, to find out.
        """
        import torch
        from torchvision import models

        known = models.list_models(module=models)
        if self.architecture not in known:
            raise Rejected("", [Problem(KEY, self._unknown(known))])
        try:
            net: nn.Module = models.get_model(self.architecture, **self._options(shape, outputs))
        except AssertionError as error:  # vision transformers cut images into patches as they are built
            raise Rejected("", [Problem(KEY, self._too_small(shape, error))]) from error
        if self.stem == "small" or shape[0] != 3:
            _replace_stem(net, shape[0], small=self.stem == "small")
        try:
            with torch.no_grad():
                net.eval()(torch.zeros(1, *shape))
        except (RuntimeError, AssertionError) as error:
            raise Rejected("", [Problem(KEY, self._too_small(shape, error))]) from error
        return net.train()

    def _options(self, shape: tuple[int, ...], outputs: int) -> dict[str, Any]:
        """Return what torchvision's constructor is given; nothing is ever downloaded."""
        options: dict[str, Any] = {"weights": None, "num_classes": outputs}
        if self.architecture in ("googlenet", "inception_v3"):
            options |= {"aux_logits": False, "init_weights": True}  # one output; torchvision warns without the second
        if self.architecture.startswith("vit_"):
            options["image_size"] = shape[1]
        return options

    def _unknown(self, known: list[str]) -> str:
        return (
            f"torchvision has no classifier {self.architecture!r}{nearest(self.architecture, known)}; "
            f"the {len(known)} it has are listed at https://docs.pytorch.org/vision/stable/models.html#classification"
        )

    def _too_small(self, shape: tuple[int, ...], error: Exception) -> str:
        reason = str(error).partition("\n")[0].rstrip(".")
        return (
            f"{self.architecture} cannot take images of {shape[1]} x {shape[2]} pixels ({reason}); "
            "choose another architecture such as resnet18, or a dataset of larger images"
        )


def _replace_stem(net: "nn.Module", channels: int, *, small: bool) -> None:
    """Give the first convolution this many input channels; where `small`, 3x3 with stride 1 and no pooling behind.

    The small stem is that of He et al., "Deep residual learning for image recognition" (2015), section 4.2. The
    weights are drawn as torchvision draws those of ResNets: normal, with deviation sqrt(2 / fan_out).
    """
    from torch import nn

    path, old = next((name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d))
    usual = {"kernel_size": old.kernel_size, "stride": old.stride, "padding": old.padding}
    changed: dict[str, Any] = {"kernel_size": 3, "stride": 1, "padding": 1} if small else usual
    new = nn.Conv2d(channels, old.out_channels, bias=old.bias is not None, **changed)
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    if new.bias is not None:
        nn.init.zeros_(new.bias)
    parent, _, name = path.rpartition(".")
    setattr(net.get_submodule(parent), name, new)
    if small:
        net.maxpool = nn.Identity()
