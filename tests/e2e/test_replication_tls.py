# SPDX-License-Identifier: GPL-2.0-or-later
"""With tls = "verify" a replica that hbvrrp lets follow verifies whom it follows."""
import subprocess

import pytest

from lab.mariadb import MariaDb


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


@pytest.fixture
def certificates(lab):
    """Settings of servers with a certificate for the addresses of both, and the authority's file."""
    directory = lab.directory / "certificates"
    directory.mkdir(exist_ok=True)
    ca, ca_key, cert, key, request, extensions = (
        str(directory / name)
        for name in ("ca.pem", "ca.key", "cert.pem", "cert.key", "request", "extensions"))
    addresses = ",".join(f"IP:{lab.hosts[name].nic.ipv4}" for name in "ab")
    with open(extensions, "w", encoding="ascii") as file:
        file.write(f"subjectAltName={addresses}\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca", "-keyout",
            ca_key, "-out", ca)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", cert)
    return {"ssl_ca": ca, "ssl_cert": cert, "ssl_key": key}, ca


def test_an_old_primary_verifies_the_new_one(start_pair, product, certificates):
    settings, ca = certificates
    pair = start_pair(server=settings, mysql={"tls": "verify", "tls_ca": ca})
    pair.switch_over()
    pair.wait_for_primary(pair.b)
    pair.wait_in_sync(pair.a, 20)
    mariadb = product is MariaDb
    replica, = pair.a.server.sql("SHOW ALL SLAVES STATUS" if mariadb else "SHOW REPLICA STATUS")
    word = "Master" if mariadb else "Source"
    assert replica[f"{word}_SSL_Allowed"] == "Yes"
    assert replica[f"{word}_SSL_Verify_Server_Cert"] == "Yes"
    assert replica[f"{word}_SSL_CA_File"] == ca
