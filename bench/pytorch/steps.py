"""Medians in ms of the training steps that MlpStepBenchmark and TrainingStepBenchmark time, written in PyTorch.

steps.py plain|tuned|compiled [STEPS [WARMUP]]

plain     as notebooks write them: a DataLoader of tensors, Adam as it comes, LoRA as W + scale B A before the product
tuned     batches by index from one tensor, channels-last, fused Adam, LoRA as two products
compiled  tuned, with torch.compile around the forward pass

Prints a line a step: its name and the median. Images of the CNN are turned and made noisy in the step, as ours are,
by one affine grid a batch.
"""

import math
import os
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MODE = sys.argv[1]
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 150
WARMUP = int(sys.argv[3]) if len(sys.argv) > 3 else 30
TUNED = MODE != "plain"
CLASSES = 10


class LoraLinear(nn.Module):
    """A frozen Linear with an update of low rank."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))
        self.scale = alpha / rank

    def forward(self, x):
        if TUNED:
            return self.base(x) + self.scale * (x @ self.a.t() @ self.b.t())
        return F.linear(x, self.base.weight + self.scale * (self.b @ self.a), self.base.bias)


def with_lora(network, rank, alpha):
    """LoRA on every Linear; all else frozen."""
    network.requires_grad_(False)
    for i, layer in enumerate(network):
        if isinstance(layer, nn.Linear):
            network[i] = LoraLinear(layer, rank, alpha)
    return network


def mlp():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 1000), nn.ReLU(), nn.Linear(1000, 2000), nn.ReLU(), nn.Linear(2000, CLASSES)
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, CLASSES),
    )


def head_only(network):
    network.requires_grad_(False)
    network[-1].requires_grad_(True)
    return network


def shifted(images):
    """Turned by up to 25 degrees each, noise of .15 added."""
    n = len(images)
    angle = (torch.rand(n) * 2 - 1) * math.radians(25)
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0] = turn[:, 1, 1] = torch.cos(angle)
    turn[:, 0, 1], turn[:, 1, 0] = -torch.sin(angle), torch.sin(angle)
    turned = F.grid_sample(images, F.affine_grid(turn, images.shape, align_corners=False), align_corners=False)
    return (turned + 0.15 * torch.randn_like(turned)).clamp(0, 1)


def batches(images, labels, size):
    """Pairs of images (n,1,28,28) and labels (n), without end."""
    if not TUNED:
        scaled = images.float() / 255
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(scaled, labels), size, shuffle=True)
        while True:
            yield from loader
    while True:
        for rows in torch.randperm(len(images)).split(size):
            if len(rows) == size:
                yield images[rows].float().mul_(1 / 255), labels[rows]


def median(network, size, shift):
    torch.manual_seed(1)
    images = torch.randint(0, 256, (max(2560, 20 * size), 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, CLASSES, (len(images),))
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], 1e-3, fused=TUNED or None)
    if TUNED and shift:
        network = network.to(memory_format=torch.channels_last)
    forward = torch.compile(network) if MODE == "compiled" else network
    times = []
    source = batches(images, labels, size)
    for step in range(-WARMUP, STEPS):
        start = time.perf_counter()
        x, y = next(source)
        if shift:
            x = shifted(x)
            x = x.contiguous(memory_format=torch.channels_last) if TUNED else x
        optimizer.zero_grad()
        F.cross_entropy(forward(x), y).backward()
        optimizer.step()
        if step >= 0:
            times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main():
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    works = {
        "mlp-full": (mlp, 10, False),
        "mlp-lora": (lambda: with_lora(mlp(), 1, 1), 10, False),
        "cnn-full": (cnn, 128, True),
        "cnn-head": (lambda: head_only(cnn()), 128, True),
        "cnn-lora": (lambda: with_lora(cnn(), 8, 16), 128, True),
    }
    for name, (make, size, shift) in works.items():
        print(f"{name} {median(make(), size, shift):.4f}", flush=True)


if __name__ == "__main__":
    main()
