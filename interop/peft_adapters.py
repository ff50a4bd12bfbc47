"""peft_adapters.py read DIR: Hugging Face PEFT loads each adapter of ours below DIR, computes what we computed and trains on alike.
peft_adapters.py make DIR SEED: makes adapters of every method that we read, afresh, with what they compute.

Each folder holds base.safetensors, adapter/ and step.safetensors (input, labels, logits, and after: logits after one step of SGD, rate 0.05)."""
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from peft import (AdaLoraConfig, BOFTConfig, HiraConfig, IA3Config, LoHaConfig, LoKrConfig, LoraConfig, MissConfig, OFTConfig, PeftModel,
                  VeraConfig, get_peft_model)
from safetensors.torch import load_file, save_file
from torch import nn

torch.set_num_threads(1)
ROUNDING = 2e-5  # of the largest logit: single precision, sums of at most 96 products
RATE = 0.05


def network(name):
    if "words" in name:
        return nn.Sequential(OrderedDict(words=nn.Embedding(9, 4), flat=nn.Flatten(), head=nn.Linear(12, 5)))
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 6, 3, padding=1), relu=nn.ReLU(), flat=nn.Flatten(), hidden=nn.Linear(96, 8),
                                     act=nn.ReLU(), head=nn.Linear(8, 5)))


def step(model, x, y, rate=RATE):
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=rate)
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()


def off(theirs, ours):
    return float((theirs - ours).abs().max() / ours.abs().max())


def read(root):
    worst, moved, wrong, count = 0, 1, [], 0
    for folder in sorted(p.parent for p in root.glob("*/step.safetensors")):
        kept = load_file(folder / "step.safetensors")
        base = network(folder.name)
        base.load_state_dict(load_file(folder / "base.safetensors"))
        model = PeftModel.from_pretrained(base, folder / "adapter", is_trainable=True)
        x, y = kept["input"], kept["labels"].long()
        x = x.long() if x.dtype == torch.int32 else x
        before = off(model(x).detach(), kept["logits"])
        step(model, x, y)
        after = off(model(x).detach(), kept["after"])
        worst, moved = max(worst, before, after), min(moved, off(kept["after"], kept["logits"]))
        if not (before <= ROUNDING and after <= ROUNDING):
            wrong.append(f"{folder.name}: off by {before:.1e}, after a step by {after:.1e}")
        count += 1
    assert moved > 25 * ROUNDING, f"a step moved the logits by {moved} only: it shows nothing"
    assert not wrong, "\n".join(wrong)
    print(f"{count} adapters of ours, worst {worst:.1e} of the largest logit")


def methods():
    linear, every = ["hidden", "head"], ["conv", "hidden", "head"]
    yield "lora", LoraConfig(r=2, lora_alpha=3, target_modules=every), True
    yield "lora-rs-patterns", LoraConfig(r=2, lora_alpha=3, target_modules=every, use_rslora=True, rank_pattern={"hidden": 3},
                                         alpha_pattern={"head": 5}), True
    yield "lora-dora", LoraConfig(r=2, lora_alpha=3, target_modules=every, use_dora=True), True
    yield "lora-bias-all", LoraConfig(r=2, target_modules=linear, bias="all"), True
    yield "lora-bias-own", LoraConfig(r=2, target_modules=linear, bias="lora_only"), True
    yield "lora-of-bias", LoraConfig(r=2, target_modules=linear, lora_bias=True), True
    yield "lora-head", LoraConfig(r=2, target_modules=["conv"], modules_to_save=["head"]), True
    yield "lora-words", LoraConfig(r=2, target_modules=["words", "head"]), True
    for start in ("gaussian", "orthogonal", False):
        yield f"lora-{start}", LoraConfig(r=2, target_modules=linear, init_lora_weights=start), True
    for start in ("pissa", "olora"):
        yield start, LoraConfig(r=2, target_modules=linear, init_lora_weights=start), False
    yield "adalora", AdaLoraConfig(init_r=3, target_r=2, target_modules=linear, total_step=10), False
    yield "loha", LoHaConfig(r=2, alpha=3, target_modules=every), False
    yield "lokr", LoKrConfig(r=2, alpha=3, target_modules=linear), False
    yield "ia3", IA3Config(target_modules=linear, feedforward_modules=["head"]), False
    yield "vera", VeraConfig(r=3, target_modules=["hidden"]), False
    yield "oft", OFTConfig(r=0, oft_block_size=4, target_modules=linear), False
    yield "boft", BOFTConfig(boft_block_size=4, boft_n_butterfly_factor=1, target_modules=["hidden"]), False
    yield "miss", MissConfig(r=2, target_modules=linear), False
    yield "hira", HiraConfig(r=2, target_modules=linear), False


def make(root, seed):
    torch.manual_seed(seed)
    made = []
    for name, config, trains in methods():
        folder = root / name
        (folder / "adapter").mkdir(parents=True)
        base = network(name)
        save_file(base.state_dict(), folder / "base.safetensors")
        x = torch.randint(0, 9, (6, 3)) if "words" in name else torch.randn(6, 3, 4, 4)
        y = torch.tensor([0, 1, 2, 3, 4, 0])
        model = get_peft_model(base, config)
        with torch.no_grad():  # away from the start, whatever the method's first gradients are
            for n, p in model.named_parameters():
                if p.requires_grad:
                    p += 0.05 * torch.randn_like(p)
        model.save_pretrained(folder / "adapter")
        # What it is as loaded: some starts compute the base anew.
        fresh = network(name)
        fresh.load_state_dict(load_file(folder / "base.safetensors"))
        loaded = PeftModel.from_pretrained(fresh, folder / "adapter", is_trainable=trains).eval()
        kept = {"input": x, "labels": y, "logits": loaded(x).detach()}
        if trains:
            loaded.train()
            step(loaded, x, y)
            kept["after"] = loaded(x).detach()
        save_file(kept, folder / "step.safetensors")
        made.append(name)
    print(f"{len(made)} adapters: {', '.join(made)}")


if sys.argv[1] == "read":
    read(Path(sys.argv[2]))
else:
    make(Path(sys.argv[2]), int(sys.argv[3]))
