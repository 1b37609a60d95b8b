# SPDX-License-Identifier: GPL-2.0-or-later
"""The witness of a pair: three members of an etcd, a host each, reached over HTTPS."""
import base64
import contextlib
import http.client
import json
import ssl

from .namespace import run_tool
from .wait import wait_until

MEMBERS = 3
_CLIENTS, _PEERS = 2379, 2380
_PREFIX = "/highbase/"
_START_SECONDS = 60  # on a busy machine
_ANSWER_SECONDS = 2


def add_hosts(lab):
    """Once for a laboratory, before anything is started in it."""
    return [lab.host(f"w{number}", lab.lans[0]) for number in range(1, MEMBERS + 1)]


class Etcd:
    """All members run, and answer."""

    def __init__(self, lab, hosts):
        self.lab, self.hosts = lab, hosts
        self._client = lab.hosts["client"]
        self._directory = lab.directory / "etcd"
        self._directory.mkdir(exist_ok=True)
        if not self._path("ca.pem").exists():
            self._make_certificates()
        run_tool(["rm", "-rf", *(str(self._path(host.name)) for host in hosts)])
        self._members = {}
        for host in hosts:
            self.start(host)
        self.wait_until_it_answers()

    def settings(self):
        """For [witness]."""
        return {"etcd": [f"https://{host.nic.ipv4}:{_CLIENTS}" for host in self.hosts],
                "ca_file": str(self._path("ca.pem")), "timeout": "1s"}

    def start(self, host):
        all_members = ",".join(f"{one.name}=http://{one.nic.ipv4}:{_PEERS}" for one in self.hosts)
        clients, peers = f"https://{host.nic.ipv4}:{_CLIENTS}", f"http://{host.nic.ipv4}:{_PEERS}"
        self._members[host] = host.start(
            "etcd", f"--name={host.name}", f"--data-dir={self._path(host.name)}",
            f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster={all_members}", "--initial-cluster-state=new",
            "--heartbeat-interval=100", "--election-timeout=1000", "--unsafe-no-fsync",
            f"--cert-file={self._path('server.pem')}", f"--key-file={self._path('server-key.pem')}")

    def kill(self, *hosts):
        for host in hosts or self.hosts:
            self._members[host].kill()

    def wait_until_it_answers(self):
        wait_until(lambda: self._ask(self.hosts[0], "db") is not None, _START_SECONDS, "etcd answers",
                   self.lab.tails)

    def record(self, service="db"):
        """What it has of the service: "epoch", "owner", "in_sync"; {}: no record; None: it is silent."""
        for host in self.hosts:
            found = self._ask(host, service)
            if found is not None:
                return found
        return None

    def _ask(self, host, service):
        key = base64.b64encode(f"{_PREFIX}{service}".encode()).decode()
        context = ssl.create_default_context(cafile=str(self._path("ca.pem")))
        with contextlib.suppress(OSError, http.client.HTTPException, KeyError):
            with self._client.namespace.entered():
                link = http.client.HTTPSConnection(host.nic.ipv4, _CLIENTS, timeout=_ANSWER_SECONDS,
                                                   context=context)
                link.connect()
            with contextlib.closing(link):
                link.request("POST", "/v3/kv/range", json.dumps({"key": key}))
                answer = json.loads(link.getresponse().read())
            answer["header"]  # an error has none
            found = answer.get("kvs", [])
            return json.loads(base64.b64decode(found[0]["value"])) if found else {}
        return None

    def _path(self, name):
        return self._directory / name

    def _make_certificates(self):
        ca, ca_key, key = (str(self._path(name)) for name in ("ca.pem", "ca-key.pem", "server-key.pem"))
        request, extensions = str(self._path("request")), self._path("extensions")
        run_tool(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca",
                  "-keyout", ca_key, "-out", ca])
        run_tool(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=etcd", "-keyout", key,
                  "-out", request])
        extensions.write_text("subjectAltName=" + ",".join(f"IP:{host.nic.ipv4}" for host in self.hosts),
                              encoding="ascii")
        run_tool(["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
                  "-days", "2", "-extfile", str(extensions), "-out", str(self._path("server.pem"))])
