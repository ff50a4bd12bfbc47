"""tensorboard_reads.py LOGDIR RUN: TensorBoard's reader and its server's HTTP API show the numbers of the run; trackio imports them."""
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pandas as pd
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

logdir, run = Path(sys.argv[1]), Path(sys.argv[2])
metrics = pd.read_csv(run / "metrics.csv")

folders = sorted({p.parent for p in logdir.rglob("*tfevents*")})
assert folders, "no event files"
scalars, values = 0, {}
for folder in folders:
    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    for tag in reader.Tags()["scalars"]:
        events = reader.Scalars(tag)
        scalars += len(events)
        values[(folder.relative_to(logdir).as_posix(), tag)] = {e.step: e.value for e in events}
assert scalars > 50, scalars
# A number of every variant by hand: test accuracy, in single precision.
shown = {round(v, 6) for series in values.values() for v in series.values()}
table = metrics[(metrics.metric == "accuracy_test") & metrics.layer.isna()].value.dropna()
assert len(table) and all(round(float(pd.Series([v], dtype="float32")[0]), 6) in shown for v in table), "an accuracy is not shown"

server = subprocess.Popen(
    [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0", "--host", "127.0.0.1"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    for line in server.stdout:
        found = re.search(r"http://\S+", line)
        if found:
            break
    else:
        sys.exit("tensorboard did not start")
    address = found.group().rstrip("/")

    def ask(path):
        with urllib.request.urlopen(f"{address}/data/{path}", timeout=30) as answer:
            return json.load(answer)

    deadline = time.time() + 60
    while len(ask("runs")) < len(folders) and time.time() < deadline:
        time.sleep(0.5)
    tags = ask("plugin/scalars/tags")
    (name, tag), series = next((k, v) for k, v in values.items() if "accuracy" in k[1])
    answer = ask("plugin/scalars/scalars?" + urllib.parse.urlencode({"run": name, "tag": tag}))
    assert {step: value for _, step, value in answer} == series, (answer, series)
    variants = set(metrics.variant)
    assert variants <= {r.split("/")[0] for r in tags}, (variants, sorted(tags))
    hparams = ask("plugins_listing")["hparams"]
    assert hparams["enabled"], "there is no table of settings"

    def table(what, asked):
        body = json.dumps(asked).encode()
        request = urllib.request.Request(f"{address}/data/plugin/hparams/{what}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    columns = table("experiment", {})
    settings = [c["name"] for c in columns["hparamInfos"]]
    first = settings[: sum(bool(c.get("differs")) for c in columns["hparamInfos"])]
    assert {"variant", "seed"} <= set(first), first
    record = json.loads((run / "record.json").read_text())
    assert set(settings) == {"variant", "seed", *record["settings"]}, settings
    numbers = [c["name"] for c in columns["metricInfos"]]
    asked = [{"hparam": s} for s in settings] + [{"metric": n} for n in numbers]
    everything = {"colParams": asked, "allowedStatuses": ["STATUS_SUCCESS", "STATUS_UNKNOWN", "STATUS_FAILURE", "STATUS_RUNNING"], "sliceSize": 100}
    lines = table("session_groups", everything)["sessionGroups"]
    assert {g["hparams"]["variant"] for g in lines} == variants and len(lines) == len(variants), lines
    assert all(any(v["name"]["tag"] == "learning/accuracy_test" for v in g["metricValues"]) for g in lines), "a line lacks its accuracy"
finally:
    server.terminate()
    server.wait(10)

os.environ["TRACKIO_DIR"] = str(run.parent / "trackio")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import trackio  # noqa: E402

trackio.import_tf_events(log_dir=str(logdir), project="collapsar")
print(f"{scalars} scalars in {len(folders)} folders, served and imported")
