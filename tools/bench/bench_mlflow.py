"""What importing an MLflow registry on SQLite costs beside MLflow's own listing of it, in the same run.

    PYTHONPATH=tools python tools/bench/bench_mlflow.py [--prompts 100] [--versions 10]

It needs mlflow, which is no requirement: pip install mlflow. Times are CPU time of fresh processes. The floor
imports MLflow and lists all versions; the whole is ``cuebook import --mlflow`` into an empty registry. Exit
code 1 when not every version and alias arrives.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_gate import CUEBOOK, seconds

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
FLOOR = """
import sys, mlflow
mlflow.set_registry_uri(sys.argv[1])
client = mlflow.MlflowClient(sys.argv[1])
is_prompt = "tag.`mlflow.prompt.is_prompt` = 'true'"
client.search_registered_models(is_prompt, max_results=1000)
client.search_model_versions(is_prompt, max_results=10000)
"""
FILL = """
import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_registry_uri(sys.argv[1])
for prompt in range(int(sys.argv[2])):
    name = f"prompt-{prompt}"
    for version in range(int(sys.argv[3])):
        asked = f"Answer {{{{question}}}} from {{{{context}}}}, change {version} of {name}."
        chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": asked}]
        settings = {"provider": "openai", "model_name": "gpt-4o-mini", "temperature": 0.2}
        mlflow.genai.register_prompt(
            name, chat if version % 2 else asked, commit_message=f"Change {version}", model_config=settings
        )
    mlflow.genai.set_prompt_alias(name, alias="champion", version=1)
"""


def main() -> int:
    """Print the seconds of MLflow's part and of all, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--versions", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        uri = f"sqlite:///{root / 'mlflow.db'}"
        counts = (str(chosen.prompts), str(chosen.versions))
        subprocess.run((sys.executable, "-c", FILL, uri, *counts), cwd=root, check=True, capture_output=True)
        registry = root / "registry"
        (registry / "prompts").mkdir(parents=True)
        floor = seconds((sys.executable, "-c", FLOOR, uri), root, 3)
        whole = seconds((*CUEBOOK, "import", "--mlflow", uri), registry, 1)
        again = seconds((*CUEBOOK, "import", "--mlflow", uri), registry, 1)
        arrived = len(list(registry.glob("prompts/*/v*.prompt.yml")))
        aliases = len(list(registry.glob("prompts/*/aliases.yml")))
    print(f"{chosen.prompts * chosen.versions} versions of {chosen.prompts} prompts, CPU seconds:")
    print(f"  MLflow alone, imported and all listed  {floor:6.2f}")
    print(f"  cuebook import --mlflow                {whole:6.2f}  {whole / floor:.2f} times that")
    print(f"  the same again, nothing is new         {again:6.2f}  {again / floor:.2f} times that")
    return int((arrived, aliases) != (chosen.prompts * chosen.versions, chosen.prompts))


if __name__ == "__main__":
    sys.exit(main())
