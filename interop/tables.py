"""tables.py RUN: pandas, polars and Arrow read the tables of a run with the right types and the same numbers; numpy and safetensors its arrays."""
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
from safetensors.numpy import load_file

run = Path(sys.argv[1])
file = run / "metrics.csv"
by_pandas, by_polars, by_arrow = pd.read_csv(file), pl.read_csv(file, infer_schema_length=None), pa.csv.read_csv(file)
columns = ["variant", "stage", "epoch", "layer", "metric", "value", "note"]
assert list(by_pandas.columns) == columns and by_polars.columns == columns and by_arrow.column_names == columns
assert by_pandas["epoch"].dtype == np.int64 and by_pandas["value"].dtype == np.float64, by_pandas.dtypes
assert by_polars.schema["epoch"] == pl.Int64 and by_polars.schema["value"] == pl.Float64, by_polars.schema
assert by_arrow.schema.field("epoch").type == pa.int64() and by_arrow.schema.field("value").type == pa.float64(), by_arrow.schema
assert len(by_pandas) == len(by_polars) == len(by_arrow) > 100
numbers = by_pandas["value"].to_numpy()
assert np.array_equal(numbers, by_polars["value"].to_numpy(), equal_nan=True), "pandas and polars read other numbers"
assert np.array_equal(numbers, by_arrow["value"].to_numpy(), equal_nan=True), "pandas and Arrow read other numbers"
undefined = by_pandas[by_pandas["value"].isna()]
assert undefined["note"].notna().all(), "a number is missing without its reason"
# record.json holds the same numbers: a JSON number each, or the reason in its place.
json.loads((run / "record.json").read_text(), parse_constant=lambda word: sys.exit(f"record.json holds {word}"))
if (run / "classes.csv").exists():
    classes = pd.read_csv(run / "classes.csv")
    assert classes["epoch"].dtype == np.int64 and classes["class"].dtype in (np.int64, object, "str"), classes.dtypes
arrays = 0
for path in [*run.glob("predictions/*.npz"), *run.glob("draws/*.npz")]:
    with np.load(path, allow_pickle=False) as opened:
        for name in opened.files:
            assert opened[name].size and opened[name].dtype != object, (path, name)
            arrays += 1
for path in run.glob("networks/*.safetensors"):
    assert all(np.isfinite(a).all() for a in load_file(path).values()), path
print(f"{len(by_pandas)} rows, {len(undefined)} undefined, {arrays} arrays; largest |value| {np.nanmax(np.abs(numbers)):.3g}")
assert math.isfinite(np.nanmax(np.abs(numbers)))
