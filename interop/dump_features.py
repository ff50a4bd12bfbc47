"""dump_features.py FORMATS.MD FOLDER: runs the loop's snippet of docs/formats.md, as it stands there, on a small model for three epochs."""
import re
import sys

import numpy as np
import torch

snippet = re.search(r"```python\n(.*?def dump\(.*?)```", open(sys.argv[1], encoding="utf-8").read(), re.S).group(1)
namespace = {}
exec(snippet, namespace)

torch.manual_seed(0)
labels = torch.arange(90) % 3
images = torch.randn(90, 8) + 4 * torch.nn.functional.one_hot(labels, 8)
loader = [(images[i : i + 32], labels[i : i + 32]) for i in range(0, 90, 32)]
head = torch.nn.Linear(6, 3)
features = torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.ReLU())
model = torch.nn.Sequential(features, head)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for epoch in range(3):
    namespace["dump"](f"{sys.argv[2]}/epoch-{epoch}.npz", model, features, loader, head)
    for x, y in loader:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
assert np.load(f"{sys.argv[2]}/epoch-2.npz")["features"].shape == (90, 6)
