"""mlflow_server.py DIR: a tracking server on loopback (SQLite, one worker, no jobs); prints its address and serves until it is ended."""
import os
import socket
import sys
from pathlib import Path

place = Path(sys.argv[1])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
print(f"http://127.0.0.1:{port}", flush=True)
os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.chdir(place)
os.execv(sys.executable, [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{place}/mlflow.db",
                          "--artifacts-destination", str(place / "artifacts"), "--host", "127.0.0.1", "--port", str(port), "--workers", "1"])
