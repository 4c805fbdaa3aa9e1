"""How training images change each time they are seen: whole batches at once, on their device.

Images are [B, C, H, W] of pixels as floats, before they are scaled, so that what comes in from outside is black.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from tuitrain.datasets import Augmentation


def augment(images: Tensor, how: Augmentation, generator: Generator) -> Tensor:
    """Return the images padded and cropped, mirrored and turned, each at random; noise is added after scaling."""
    if how.crop:
        images = cropped(images, how.crop, generator)
    if how.flip:
        images = mirrored(images, generator)
    if how.rotate:
        images = rotated(images, how.rotate, generator)
    return images


def cropped(images: Tensor, padding: int, generator: Generator) -> Tensor:
    """Return crops of the original size at random places of the images, padded on each side by reflection."""
    batch, _, height, width = images.shape
    padded = F.pad(images, (padding,) * 4, mode="reflect")
    shape, device = (2, batch, 1), images.device
    top, left = torch.randint(2 * padding + 1, shape, generator=generator, device=device)
    rows = top + torch.arange(height, device=device)
    columns = left + torch.arange(width, device=device)
    which = torch.arange(batch, device=device)[:, None, None]
    return padded[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def mirrored(images: Tensor, generator: Generator) -> Tensor:
    """Return the images, each of them mirrored left to right with probability 1/2."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device) < 0.5
    return torch.where(chosen, images.flip(3), images)


def rotated(images: Tensor, degrees: float, generator: Generator) -> Tensor:
    """Return the images turned by angles uniform in [-degrees, degrees]: the nearest pixel of each place, 0 outside."""
    count, (height, width) = len(images), images.shape[2:]
    turns = torch.rand(count, generator=generator, device=images.device) * 2 - 1
    angles = torch.deg2rad(turns * degrees)
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    # grid_sample measures both axes from -1 to 1, so that a turn of an oblong image is not a plain rotation there.
    rows = [cos, -sin * height / width, zero], [sin * width / height, cos, zero]
    theta = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="nearest", padding_mode="zeros", align_corners=False)
