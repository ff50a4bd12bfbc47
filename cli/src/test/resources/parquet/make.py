"""Parquet files as pyarrow writes them: 24 rows of 3 features in 3 classes, whole numbers that every type holds."""
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

rows, width, classes = 24, 3, 3
labels = np.repeat(np.arange(classes), rows // classes)
features = (np.arange(rows * width).reshape(rows, width) * 7 % 11 + 8 * np.eye(classes)[labels]).astype("f4")


def lists(kind):
    return pa.FixedSizeListArray.from_arrays(pa.array(features.ravel().astype(kind)), width)


def write(name, columns, **options):
    pq.write_table(pa.table(columns), name + ".parquet", row_group_size=10, **options)


for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
    write(codec, {"features": lists("f4"), "label": pa.array(labels)}, compression=codec)
write("half", {"features": lists("f2"), "label": pa.array(labels.astype("u1"))})
columns = {f"f{j}": pa.array(features[:, j]) for j in range(width)}
write("columns", {**columns, "label": pa.array([f"class {k}" for k in labels])})
write(
    "pandas",
    {**columns, "y": pa.array(labels).dictionary_encode(), "when": pa.array(labels.astype("datetime64[ms]")),
     "__index_level_0__": pa.array(labels)},
    version="2.6", data_page_version="2.0", write_page_checksum=True)
ragged = [list(map(float, row)) for row in features]
write("ragged", {"features": pa.array(ragged[:-1] + [[1.0]]), "label": pa.array(labels)})
write("gap", {"features": pa.array(ragged[:-1] + [None]), "label": pa.array(labels)})
write("hashes", {"features": lists("f4"), "label": pa.array(labels + 2**60)})
write("tokens", {"features": pa.array([[row, row] for row in ragged]), "label": pa.array(labels)})
