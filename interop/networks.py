"""networks.py make DIR: TorchScript files both ways of making them, and a Hugging Face folder with a LoRA adapter, with their logits.
networks.py read DIR: PyTorch runs the TorchScript that we wrote, safetensors has the same tensors, transformers loads what we merged."""
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)
ROUNDING = 1e-5  # of the largest logit


def off(theirs, ours):
    return float((theirs - ours).abs().max() / ours.abs().max())


def make(root):
    torch.manual_seed(int(sys.argv[3]))
    net = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 5))
    net.train()
    for _ in range(3):
        net(torch.randn(8, 3, 8, 8))
    net.eval()
    x = torch.randn(4, 3, 8, 8)
    torch.jit.trace(net, x).save(root / "traced.pt")
    torch.jit.script(net).save(root / "scripted.pt")
    save_file({"input": x, "logits": net(x).detach()}, root / "theirs.safetensors")
    config = LlamaConfig(vocab_size=40, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
    base = LlamaForCausalLM(config).eval()
    base.save_pretrained(root / "llama")
    model = get_peft_model(base, LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"])).eval()
    with torch.no_grad():
        for n, p in model.named_parameters():
            if p.requires_grad:
                p += 0.1 * torch.randn_like(p)
    model.save_pretrained(root / "llama-lora")
    ids = torch.randint(0, 40, (2, 7))
    save_file({"ids": ids, "logits": model(ids).logits.detach()}, root / "llama.safetensors")


def read(root):
    networks = 0
    for kept in sorted(root.glob("*.logits.safetensors")):
        name = kept.name.split(".")[0]
        step, script = load_file(kept), torch.jit.load(root / f"{name}.pt")
        script.eval()  # as everybody writes; it holds no mode of its own
        worst = off(script(step["input"]), step["logits"])
        assert worst < ROUNDING, f"{name}: off by {worst:.1e}"
        stored = load_file(root / f"{name}.safetensors")
        for key, value in script.state_dict().items():
            assert torch.equal(stored[key], value), f"{name}: {key} differs between safetensors and TorchScript"
        with safe_open(root / f"{name}.safetensors", "pt") as file:
            assert "collapsar.card" in file.metadata(), f"{name} has no card"
        networks += 1
    assert networks, "no network of ours"
    kept = load_file(root / "llama.safetensors")
    merged = AutoModelForCausalLM.from_pretrained(root / "llama-merged", dtype=torch.float32).eval()
    worst = off(merged(kept["ids"]).logits.detach(), kept["logits"])
    assert worst < ROUNDING, f"the merged Llama is off by {worst:.1e}"
    print(f"{networks} networks of ours and a merged folder")


(make if sys.argv[1] == "make" else read)(Path(sys.argv[2]))
