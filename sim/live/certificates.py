# SPDX-License-Identifier: Apache-2.0
"""Certificates for the lab, made on the spot by openssl: authorities, what they sign, what they revoke, what they say
about it by OCSP."""
import pathlib
import subprocess


def openssl(*words, **options):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, text=True, **options).stdout


class Authority:
    """Files NAME.pem and NAME.key in `work`, and those of its certificates beside them."""

    def __init__(self, work, name):
        self.work, self.name = pathlib.Path(work), name
        self.file, self.key = self.work / f"{name}.pem", self.work / f"{name}.key"
        self.index = self.work / f"{name}.index"
        self.index.write_text("")
        self.config = self.work / f"{name}.cnf"
        self.config.write_text(f"[ca]\ndefault_ca = lab\n[lab]\ndatabase = {self.index}\ndefault_md = sha256\n"
                               f"default_crl_days = 1\ncertificate = {self.file}\nprivate_key = {self.key}\n")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 3,
                "-keyout", self.key, "-out", self.file, "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, names, days=2, kind="ec:prime256v1", subject=None):
        """NAME.pem (the certificate, then the authority's) and NAME.key. `names`: subjectAltName; `subject`: common name."""
        algorithm, parameter = kind.split(":")
        option = f"{algorithm}_paramgen_curve:{parameter}" if algorithm == "ec" else f"rsa_keygen_bits:{parameter}"
        request, extensions, file = (self.work / f"{name}{end}" for end in (".csr", ".ext", ".pem"))
        key = self.work / f"{name}.key"
        openssl("req", "-newkey", algorithm, "-pkeyopt", option, "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={subject or name}")
        key.chmod(0o600)
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial",
                "-days", days, "-extfile", extensions, "-out", file)
        file.write_text(file.read_text() + self.file.read_text())
        return file

    def revoke(self, name=None):
        """NAME.crl of the authority, which revokes that certificate, too."""
        if name:
            openssl("ca", "-config", self.config, "-revoke", self.work / f"{name}.pem")
        crl = self.work / f"{self.name}.crl"
        openssl("ca", "-config", self.config, "-gencrl", "-out", crl)
        return crl

    def respond(self, name, days=1):
        """NAME.ocsp: a response about that certificate, which is good."""
        file = self.work / f"{name}.ocsp"
        serial = openssl("x509", "-in", self.work / f"{name}.pem", "-noout", "-serial").strip().split("=")[1]
        index = self.work / f"{name}.index"
        index.write_text(f"V\t400101000000Z\t\t{serial}\tunknown\t/CN={name}\n")
        openssl("ocsp", "-index", index, "-CA", self.file, "-rsigner", self.file, "-rkey", self.key,
                "-issuer", self.file, "-cert", self.work / f"{name}.pem", "-ndays", days, "-respout", file)
        return file
