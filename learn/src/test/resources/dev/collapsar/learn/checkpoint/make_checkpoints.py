"""Writes the checkpoints beside this file with Python's own pickle and zipfile.

PyTorch itself is not needed: its classes are stood in for by ones of the same names, and the
container is written as torch/serialization.py does (zip form and legacy form).
"""
import argparse, collections, datetime, fractions, io, pathlib, pickle, struct, sys, types, zipfile

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
for name in ["Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool",
             "ComplexFloat"]:
    cls = type(name + "Storage", (), {"__module__": "torch"})
    setattr(torch, name + "Storage", cls)
Size = type("Size", (tuple,), {"__module__": "torch", "__reduce__": lambda s: (Size, (tuple(s),))})
torch.Size = Size


def function(name):
    def f(*a):
        raise RuntimeError
    f.__module__, f.__qualname__, f.__name__ = "torch._utils", name, name
    setattr(utils, name, f)
    return f


tensor_v2, parameter = function("_rebuild_tensor_v2"), function("_rebuild_parameter")


class Storage:
    def __init__(self, kind, values, code):
        self.kind, self.count, self.raw = kind, len(values), struct.pack("<%d%s" % (len(values), code), *values)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.parts = storage, offset, tuple(size), tuple(stride)

    def __reduce__(self):
        return tensor_v2, (*self.parts, False, collections.OrderedDict())


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return parameter, (self.tensor, True, collections.OrderedDict())


def pickled(value, protocol, keys, legacy):
    out, classes = io.BytesIO(), set()
    p = pickle.Pickler(out, protocol)

    def persistent_id(obj):
        if isinstance(obj, Storage):
            key = str(keys.setdefault(id(obj), (len(keys), obj))[0])
            id_ = ("storage", getattr(torch, obj.kind + "Storage"), key, "cpu", obj.count)
            return id_ + (None,) if legacy else id_
        if legacy and isinstance(obj, type) and obj.__module__ == "models" and obj not in classes:
            classes.add(obj)
            return "module", obj, "models.py", "class Net: ..."  # as torch.save kept modules' code
    p.persistent_id = persistent_id
    p.dump(value)
    return out.getvalue()


def save_zip(path, value, protocol=2, method=zipfile.ZIP_STORED, order="little"):
    keys = {}
    with zipfile.ZipFile(path, "w", method) as z:
        def put(name, data):
            z.writestr(zipfile.ZipInfo("archive/" + name), data, method)
        put("data.pkl", pickled(value, protocol, keys, False))
        put("byteorder", order)
        for n, s in keys.values():
            put("data/%d" % n, s.raw)
        put("version", "3\n")


def save_legacy(path, value, protocol=2):
    keys = {}
    with open(path, "wb") as f:
        pickle.dump(0x1950A86A20F9469CFC6C, f, protocol)
        pickle.dump(1001, f, protocol)
        pickle.dump(dict(protocol_version=1001, little_endian=True, type_sizes=dict(short=2, int=4, long=4)), f, protocol)
        f.write(pickled(value, protocol, keys, True))
        pickle.dump([str(n) for n, _ in keys.values()], f, protocol)
        for _, s in keys.values():
            f.write(struct.pack("<q", s.count) + s.raw)


def of(kind, code, values, size=None):
    size = (len(values),) if size is None else size
    stride, step = [], 1
    for n in reversed(size):
        stride.insert(0, step)
        step *= n
    return Tensor(Storage(kind, values, code), 0, size, stride)


ramp = Storage("Float", list(range(24)), "f")  # 0, 1, ..., 23
state = collections.OrderedDict([
    ("weight", Parameter(Tensor(ramp, 0, (2, 3, 4), (12, 4, 1)))),
    ("transposed", Tensor(ramp, 0, (4, 3, 2), (1, 4, 12))),
    ("slice", Tensor(ramp, 13, (2, 3), (4, 1))),
    ("every_second", Tensor(ramp, 1, (12,), (2,))),
    ("expanded", Tensor(ramp, 5, (2, 3), (0, 0))),
    ("scalar", Tensor(ramp, 7, (), ())),
    ("empty", Tensor(ramp, 0, (0, 3), (3, 1))),
    ("f64", of("Double", "d", [0.1, -2.5])),
    ("f16", of("Half", "e", [1.5, -0.25])),
    ("bf16", of("BFloat16", "H", [0x3FC0, 0xC000])),
    ("i64", of("Long", "q", [-1, 1 << 40])),
    ("i32", of("Int", "i", [-1, 2])),
    ("i16", of("Short", "h", [-1, 2])),
    ("i8", of("Char", "b", [-1, 2])),
    ("u8", of("Byte", "B", [255, 2])),
    ("bool", of("Bool", "?", [True, False])),
])
state._metadata = collections.OrderedDict([("", {"version": 1})])
checkpoint = {"epoch": 3, "acc": 0.5, "note": "grüß", "best": True, "none": None, "big": 1 << 70,
              "shape": Size((1, 2)), "Bs": [Tensor(ramp, 0, (2,), (1,)), Tensor(ramp, 2, (2,), (1,))],
              "mean": of("Float", "f", [1, 2]), "optimizer": {"state": {0: {"step": 1}}, "groups": [{"lr": .1}]},
              "state_dict": collections.OrderedDict(("module." + k, v) for k, v in state.items())}
for protocol in (2, 3, 4, 5):
    save_zip("plain-%d.pth" % protocol, state, protocol)
save_zip("nested.pth", checkpoint)
save_zip("deflated.pth", checkpoint, method=zipfile.ZIP_DEFLATED)
save_legacy("legacy.pth", checkpoint)
save_zip("big-endian.pth", state, order="big")
save_zip("complex.pth", {"state_dict": {"w": of("ComplexFloat", "ff"[0], [1, 2])}})


class Command:
    def __reduce__(self):
        import os
        return os.system, ("touch executed-by-a-pickle",)


class Net:
    def __init__(self):
        self.weight = of("Float", "f", [1, 2])


Net.__module__ = "models"
sys.modules["models"] = types.ModuleType("models")
sys.modules["models"].Net = Net
save_zip("command.pth", Command())
save_zip("command-inside.pth", {"hook": Command(), "state_dict": {"w": of("Float", "f", [1, 2])}})
save_zip("command-as-weight.pth", {"state_dict": {"w": Command()}})
save_legacy("command-legacy.pth", Command())
with open("command.pkl", "wb") as f:
    pickle.dump(Command(), f, 4)
# What training scripts leave beside the weights: moments by number, generators, settings, times.
everything = {
    "epoch": 12, "args": argparse.Namespace(lr=0.1, milestones=(60, 120)), "seen": {3, 1}, "fixed": frozenset([2]),
    "optimizer_state_dict": {"state": collections.defaultdict(dict, {0: {"step": 4, "exp_avg": of("Float", "f", [9, 9])}}),
                             "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0, 1]}]},
    "rng_state": of("Byte", "B", [1, 2, 3]), "when": datetime.date(2024, 2, 29), "noise": 1 + 2j, "raw": b"\0\xff",
    "history": [(0, 0.5), (1, 0.25)], "path": pathlib.PurePosixPath("runs/1"), "exact": fractions.Fraction(1, 3),
    "model_state_dict": collections.OrderedDict([
        ("module._orig_mod.fc.weight", Parameter(of("Float", "f", [1, 2], (1, 2)))),
        ("module._orig_mod.bn.num_batches_tracked", of("Long", "q", [7], ()))])}
for protocol in (2, 4):
    save_zip("training-%d.pth" % protocol, everything, protocol)
save_legacy("training-legacy.pth", everything)
save_zip("whole-model.pth", Net())
save_legacy("whole-model-legacy.pth", Net())


# Tensors of kinds that are not read, one beside a plain one, and kinds that are.
class Call:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


class Name:
    """A name of torch's that is pickled as such, like torch.uint16."""
    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


for name in ["UntypedStorage", "ComplexDoubleStorage", "QInt8Storage"]:
    setattr(torch, name, type(name, (), {"__module__": "torch"}))
tensors = types.ModuleType("torch._tensor")
sys.modules["torch._tensor"] = tensors
for name in ["uint16", "uint32", "uint64", "float8_e4m3fn", "float4_e2m1fn_x2"]:
    value = Name(name)
    Name.__module__ = "torch"
    setattr(torch, name, value)
v3, sparse, quantised, meta = map(function, ["_rebuild_tensor_v3", "_rebuild_sparse_tensor", "_rebuild_qtensor",
                                             "_rebuild_meta_tensor_no_storage"])
from_type = function("_rebuild_from_type_v2")
from_type.__module__ = "torch._tensor"
setattr(tensors, "_rebuild_from_type_v2", from_type)
Plain = type("Tensor", (), {"__module__": "torch"})
torch.Tensor = Plain
Own = type("MaskedTensor", (), {"__module__": "models"})
sys.modules["models"].MaskedTensor = Own
hooks = collections.OrderedDict()


def untyped(dtype, code, values):
    storage = Storage("Untyped", values, code)
    storage.count = len(storage.raw)
    return Call(v3, storage, 0, (len(values),), (1,), False, hooks, getattr(torch, dtype))


def with_bits(**bits):
    return Call(tensor_v2, ramp, 1, (2, 3), (4, 2), False, hooks, bits)


def attributed(cls, **attributes):
    return Call(from_type, tensor_v2, cls, (ramp, 0, (2,), (1,), False, hooks), attributes)


two = Tensor(ramp, 0, (2,), (1,))
unread = {
    "complex": of("ComplexDouble", "d", [1, 2, 3, 4], (2,)),
    "float8": untyped("float8_e4m3fn", "B", [56, 64]),
    "sparse": Call(sparse, "layout", (of("Long", "q", [0, 1], (1, 2)), two, (3,))),
    "quantised": Call(quantised, Storage("QInt8", [1, 2], "b"), 0, (2,), (1,), ("scheme", 0.5, 0), False, hooks),
    "meta": Call(meta, "torch.float32", (2,), (1,), False),
    "subclass": attributed(Own),
    "attribute": attributed(Plain, scale=two),
    "conjugate": with_bits(conj=True),
    "storage": ramp,
    "nested": {"deeper": [({"still": two},)]},
    "object": Call(Net, [two]),
}
for kind, value in unread.items():
    save_zip("unread-%s.pth" % kind, {"w": two, kind: value})
    save_zip("unread-%s-under-a-key.pth" % kind, {"net": {"w": two, kind: value}, "epoch": 1})
save_zip("unsigned.pth", {"u16": untyped("uint16", "H", [1, 65535]), "u32": untyped("uint32", "I", [1, 1 << 31]),
                          "u64": untyped("uint64", "Q", [1, 1 << 63])})
save_zip("negative.pth", {"imag": with_bits(neg=True, conj=False), "half": Call(
    tensor_v2, Storage("Half", [1.5, -0.25], "e"), 0, (2,), (1,), False, hooks, {"neg": True}), "same": with_bits(neg=False)})
numbers = Storage("ComplexFloat", range(12), "f")
numbers.count = 6  # pairs
complex_ = lambda **bits: Call(tensor_v2, numbers, 1, (2, 2), (1, 2), False, hooks, bits)
to_copy = {"w": two, "fp8": untyped("float8_e4m3fn", "B", [56, 64]), "fp4": untyped("float4_e2m1fn_x2", "B", [1, 2, 3]),
           "plain": complex_(), "conj": complex_(conj=True), "neg": complex_(neg=True), "both": complex_(neg=True, conj=True)}
save_zip("only-copied.pth", {"state_dict": {"module." + k: v for k, v in to_copy.items()}, "epoch": 1})
save_legacy("only-copied-legacy.pth", {k: to_copy[k] for k in ["w", "plain", "both"]})
save_zip("attributes.pth", {"w": attributed(Plain, note="x"), "v": two})
weights = {"fc.weight": two}
save_zip("averaged.pth", {"state_dict_ema": {"w": two}, "state_dict": {"w": Tensor(ramp, 2, (2,), (1,))}, "epoch": 1})
for key in ["net", "params", "weights", "state_dict_ema"]:
    save_zip("under-%s.pth" % key, {key: {"module.w": two}, "acc": 95.0})
save_zip("lightning.ckpt", {"state_dict": {"model.fc.weight": two}, "pytorch-lightning_version": "2.1.0", "callbacks": {}})
save_zip("averaged-model.pth", {"n_averaged": Tensor(Storage("Long", [0], "q"), 0, (), ()), "module.weight": two, "module.bias": two})
save_zip("extra-state.pth", {"state_dict": {"w": two, "fc._extra_state": None, "steps": 3}})
save_zip("two-networks.pth", {"teacher": {"w": two}, "student": {"w": two}})
save_zip("two-of-a-name.pth", {"1": two, 1: two})
