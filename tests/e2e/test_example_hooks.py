# SPDX-License-Identifier: GPL-2.0-or-later
"""The hooks in packaging/hooks, run as hbvrrp runs them: with this environment and this input, and nothing
else."""
import contextlib
import http.server
import json
import re
import shutil
import subprocess
import threading

import pytest

from lab.probe import ROOT

HOOKS = ROOT / "packaging" / "hooks"
CONTEXT = {"event": "after-promote", "service": "db", "node": "gw2", "peer": "gw1", "epoch": 8,
           "server": "/run/mysqld/mysqld.sock", "peer_server": "192.0.2.1:3306"}


def run(hook, *arguments, path="/usr/sbin:/usr/bin:/sbin:/bin", **changes):
    context = CONTEXT | changes
    environment = {f"HIGHBASE_{name.upper()}": str(value) for name, value in context.items()}
    return subprocess.run([HOOKS / hook, *arguments], env=environment | {"PATH": path}, timeout=20,
                          check=False, input=json.dumps(context) + "\n", capture_output=True, text=True)


@contextlib.contextmanager
def listener(status=200):
    """Yields its URL, and the requests that it gets: (path, headers, body) of each."""
    requests = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((self.path, dict(self.headers), body.decode()))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook?a=b", requests
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def sendmail(tmp_path):
    """A folder with a sendmail that keeps what it gets in `arguments` and `mail` beside it."""
    program = tmp_path / "sendmail"
    commands = ['cd "$(dirname "$0")"', 'echo "$@" > arguments', "cat > mail", 'exit "$(cat status)"']
    program.write_text("\n".join(["#!/bin/sh", *commands, ""]), encoding="ascii")
    program.chmod(0o755)
    (tmp_path / "status").write_text("0", encoding="ascii")
    return tmp_path


def test_webhook_posts_the_context(tmp_path):
    with listener() as (url, requests):
        done = run("webhook", url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [(path, headers, body)] = requests
    assert path == "/hook?a=b"
    assert json.loads(body) == CONTEXT
    assert headers["Content-Type"] == "application/json"
    secret = tmp_path / "headers"
    secret.write_text("Authorization: Bearer token\n", encoding="ascii")
    with listener() as (url, requests):
        assert run("webhook", url, secret).returncode == 0
    assert requests[0][1]["Authorization"] == "Bearer token"


def test_webhook_fails_where_nobody_takes_it():
    with listener(status=500) as (url, _):
        done = run("webhook", url)
        assert done.returncode != 0 and "500" in done.stderr
    done = run("webhook", url)
    assert done.returncode != 0 and done.stderr
    assert run("webhook").returncode == 2
    assert "usage: webhook URL" in run("webhook", "a", "b", "c").stderr


def test_mail_tells_what_has_happened(sendmail):
    done = run("mail", "a@example.org", "b@example.org", path=f"{sendmail}:/usr/bin:/bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (sendmail / "arguments").read_text(encoding="ascii") == "-i -t\n"
    head, _, body = (sendmail / "mail").read_text(encoding="utf-8").partition("\n\n")
    assert head.splitlines() == [
        "To: a@example.org, b@example.org", "Subject: [highbase] db: gw2 has made its server the primary",
        "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8"]
    assert "other node   gw1, server 192.0.2.1:3306\n" in body
    assert "term         8\n" in body
    assert json.dumps(CONTEXT) in body


def test_mail_says_when_it_could_not_be_sent(sendmail):
    path = f"{sendmail}:/usr/bin:/bin"
    (sendmail / "status").write_text("75", encoding="ascii")
    assert run("mail", "a@example.org", path=path).returncode == 75
    assert run("mail", path=path).returncode == 2
    run("mail", "a@example.org", path=path, peer="", event="something-new")
    mail = (sendmail / "mail").read_text(encoding="utf-8")
    assert "other node   not heard," in mail and "Subject: [highbase] db: gw2 something-new\n" in mail


def test_the_documentation_names_what_there_is():
    told = set(re.findall(r"`(HIGHBASE_\w+)`", (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")))
    runner = ROOT / "daemon" / "hook_runner.cpp"
    given = set(re.findall(r"HIGHBASE_\w+", runner.read_text(encoding="utf-8")))
    manual = (ROOT / "docs" / "man" / "hbvrrp.toml.5.scd").read_text(encoding="utf-8").replace("\\_", "_")
    assert told == given == set(re.findall(r"HIGHBASE_\w+", manual))


def test_the_programs_are_plain_shell():
    checker = shutil.which("dash")
    for hook in ("mail", "webhook"):
        assert (HOOKS / hook).stat().st_mode & 0o777 == 0o755
        assert subprocess.run([checker, "-n", HOOKS / hook], check=True, capture_output=True).stderr == b""
