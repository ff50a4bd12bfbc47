"""mlflow_reads.py URI RUN: MLflow's own client finds the run with its numbers, settings and files."""
import csv
import os
import sys
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow import MlflowClient  # noqa: E402

client, run = MlflowClient(sys.argv[1]), Path(sys.argv[2])
experiment = client.get_experiment_by_name("domain-shift")
assert experiment, "there is no experiment domain-shift"
runs = client.search_runs([experiment.experiment_id])
assert len(runs) == 1, [r.info.run_name for r in runs]
kept = runs[0]
assert kept.info.status == "FINISHED", kept.info.status
assert "2" in kept.data.params["lora.rank"], kept.data.params
numbers = sum(len(client.get_metric_history(kept.info.run_id, key)) for key in kept.data.metrics)
with open(run / "metrics.csv", newline="", encoding="utf-8") as file:
    defined = [row for row in csv.DictReader(file) if row["value"]]
    accuracies = {float(row["value"]) for row in defined if row["metric"] == "accuracy_test" and not row["layer"]}
sent = {m.value for key in kept.data.metrics if "accuracy_test" in key for m in client.get_metric_history(kept.info.run_id, key)}
assert accuracies <= sent, (accuracies - sent)
files = {f.path for f in client.list_artifacts(kept.info.run_id)}
assert {"report.html", "metrics.csv", "record.json"} <= files, files
copy = client.download_artifacts(kept.info.run_id, "metrics.csv", str(run.parent))
assert Path(copy).read_bytes() == (run / "metrics.csv").read_bytes(), "metrics.csv is another file there"
print(f"{numbers} of {len(defined)} numbers, {len(files)} files")
