#!/usr/bin/env python3
"""Tries a command on SecureCart as a live account: `tests/live/try.py skylint scan`.

    tests/live/try.py [--set good|faulty] COMMAND …

Installs the test server into target/live/venv unless it is there, starts it, deploys SecureCart into it (`faulty` unless
said otherwise), runs the command with the environment of a user of that account, and stops the server. Its exit code is the
command's. Nothing leaves the machine but the first `pip install`.
"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
VENV = HERE.parents[1] / "target" / "live" / "venv"
ACCOUNTS = {"good": "111122223333", "faulty": "444455556666"}


def python():
    """The Python that has moto."""
    path = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = HERE / "requirements.txt"
    mark = VENV / "requirements.txt"
    if not (mark.is_file() and mark.read_bytes() == requirements.read_bytes()):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
        subprocess.run([str(path), *install], check=True)
        mark.write_bytes(requirements.read_bytes())
    return str(path)


def main(args):
    name = "faulty"
    if args[:1] == ["--set"]:
        name, args = args[1], args[2:]
    if not args or name not in ACCOUNTS:
        sys.exit(__doc__)
    server = subprocess.Popen(
        [python(), str(HERE / "server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = json.loads(server.stdout.readline())["proxy"]
        subprocess.run([python(), str(HERE / "seed.py"), name, url], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        env = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        env.update({
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNTS[name]}TRY",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
        })
        return subprocess.run(args, env=env).returncode
    finally:
        # It ends when nobody can write to it any more.
        server.stdin.close()
        server.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
