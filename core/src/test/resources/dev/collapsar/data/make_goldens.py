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
