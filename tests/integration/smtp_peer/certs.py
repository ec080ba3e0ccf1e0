"""A certificate authority for one test run, and servers' certificates from it."""

import os
import ssl
import subprocess


def _openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True, timeout=60)


class Authority:
    def __init__(self, folder):
        self.folder = str(folder)
        self.ca = os.path.join(self.folder, "ca.pem")
        self.key = os.path.join(self.folder, "ca.key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", self.key, "-out", self.ca, "-days", "2", "-subj", "/CN=Test CA")

    def server(self, name, days="2", maximum=None):
        """An SSLContext with a certificate for this name (DNS:… or IP:…)."""
        base = os.path.join(self.folder, name.replace(":", "-") + days)
        if not os.path.exists(base + ".pem"):
            _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=server")
            with open(base + ".ext", "w", encoding="ascii") as ext:
                ext.write(f"subjectAltName={name}\n")
            _openssl("x509", "-req", "-in", base + ".csr", "-CA", self.ca, "-CAkey", self.key,
                     "-CAcreateserial", "-out", base + ".pem", "-days", days,
                     "-extfile", base + ".ext")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(base + ".pem", base + ".key")
        if maximum:
            context.maximum_version = maximum
        return context
