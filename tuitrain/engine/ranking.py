"""How well scores rank what is relevant above what is not."""

import torch
from torch import Tensor


def average_precision(scores: Tensor, relevant: Tensor) -> Tensor:
    """Return sum of (R_n - R_(n-1)) P_n over the thresholds n, equal scores being one threshold.

    scores [N] and relevant [N] (bool) give a scalar; source: scikit-learn's definition of average precision.
    """
    order = scores.argsort(descending=True)
    hits = relevant[order].double().cumsum(0)
    precision = hits / torch.arange(1, len(order) + 1, dtype=torch.float64)
    ranked = scores[order]
    ends = torch.cat([ranked[1:] != ranked[:-1], torch.ones(1, dtype=torch.bool)])  # infinities have no difference
    gained = torch.cat([hits[ends][:1], hits[ends].diff()])
    return (gained * precision[ends]).sum() / hits[-1].clamp(min=1)
