"""Writes the files beside it with the libraries of others: numpy 2.4.6, safetensors 0.8.0."""
import pathlib

import numpy as np
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent

save_file(
    {
        "b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "a": np.array([7], np.uint8),
        'é"/\\\n\x01\x1f\x7f': np.array([1.5, -2.5]),
        "half": np.array([0.5, 65504, 6e-8, np.inf], np.float16),
        "empty": np.zeros((0, 4), np.float16),
        "scalar": np.array(-5, np.int64),
        "truth": np.array([True, False]),
        "u8": np.array([1, 2**64 - 1], np.uint64),
        "i1": np.array([-1], np.int8),
        "u4": np.array([2**32 - 1], np.uint32),
        "i4": np.array([-2], np.int32),
        "i2": np.array([-3], np.int16),
        "u2": np.array([65535], np.uint16),
    },
    here / "every-type.safetensors",
    metadata={"format": "pt"},  # one key: of several, the library shuffles the order
)

# Seven rows of three features, all multiples of a quarter, exact in every floating type.
features = np.arange(21).reshape(7, 3) / 4 - 2
labels = np.array([0, 2, 1, 1, 0, 2, 2])


def npy(name, array, version=(1, 0)):
    with open(here / name, "wb") as out:
        np.lib.format.write_array(out, array, version=version, allow_pickle=True)


for kind in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8"):
    npy(f"features-{'le' if kind[0] == '<' else 'be'}-{kind[1:]}.npy", features.astype(kind))
npy("features-fortran.npy", np.asfortranarray(features.astype("<f4")))
npy("features-fortran-be-f8.npy", np.asfortranarray(features.astype(">f8")))
npy("features-v2.npy", features.astype("<f4"), (2, 0))
npy("features-v3.npy", features.astype("<f4"), (3, 0))
for kind in ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", ">i4", ">i8"):
    npy(f"labels-{'be' if kind[0] == '>' else 'le'}-{kind[1:]}.npy", labels.astype(kind))
npy("labels-column.npy", labels[:, None])
npy("labels-b1.npy", labels > 1)
npy("objects.npy", np.array([{"a": 1}, None], object))
npy("text.npy", np.array(["cat", "dog"]))
npy("structured.npy", np.zeros(2, [("a", "<f4"), ("b", "<i8")]))

named = {"features": features.astype("<f4"), "labels": labels, "names": np.array(["cat", "dog", "owl"])}
np.savez(here / "stored.npz", **named)
np.savez_compressed(here / "deflated.npz", **named)
save_file(
    {"features": features.astype("<f4"), "labels": labels, "weights": np.eye(3, dtype=np.float32)},
    here / "features.safetensors",
)

import ml_dtypes  # noqa: E402

save_file({"x": features.astype(ml_dtypes.bfloat16), "y": labels.astype(np.uint8)}, here / "bf16.safetensors")
npy("features-bf16.npy", features.astype(ml_dtypes.bfloat16))
