"""Build backend of this package (PEP 517): zips `etalon` into a wheel; the standard library does all of it."""

import base64
import hashlib
import io
import os
import re
import tarfile
import zipfile

_HERE = os.path.dirname(os.path.abspath(__file__))
_TAG = "py3-none-any"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel; returns its name."""
    return _wheel(wheel_directory, [("etalon/" + name, _read("etalon", name)) for name in _modules()])


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """A wheel that names this folder, for `pip install -e`."""
    return _wheel(wheel_directory, [("etalon_editable.pth", (_HERE + "\n").encode())])


def build_sdist(sdist_directory, config_settings=None):
    """Writes the source archive; returns its name."""
    base = "etalon-" + _field("version")
    with tarfile.open(os.path.join(sdist_directory, base + ".tar.gz"), "w:gz") as archive:
        for name in ["pyproject.toml", "build_wheel.py"] + ["etalon/" + m for m in _modules()]:
            archive.add(os.path.join(_HERE, name), "%s/%s" % (base, name))
        info = tarfile.TarInfo(base + "/PKG-INFO")
        info.size = len(_metadata())
        archive.addfile(info, io.BytesIO(_metadata()))
    return base + ".tar.gz"


def _wheel(directory, files):
    info = "etalon-%s.dist-info/" % _field("version")
    wheel = "Wheel-Version: 1.0\nGenerator: etalon\nRoot-Is-Purelib: true\nTag: %s\n" % _TAG
    files = files + [
        (info + "METADATA", _metadata()),
        (info + "WHEEL", wheel.encode()),
        (info + "entry_points.txt", b"[console_scripts]\netalon = etalon.sync:main\n"),
    ]
    lines = []
    name = "etalon-%s-%s.whl" % (_field("version"), _TAG)
    with zipfile.ZipFile(os.path.join(directory, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files:
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append("%s,sha256=%s,%d\n" % (path, digest, len(data)))
        lines.append(info + "RECORD,,\n")
        archive.writestr(zipfile.ZipInfo(info + "RECORD", (2020, 1, 1, 0, 0, 0)), "".join(lines))
    return name


def _metadata():
    text = "Metadata-Version: 2.1\nName: etalon\nVersion: %s\nSummary: %s\nRequires-Python: %s\nLicense: Apache-2.0\n"
    return (text % (_field("version"), _field("description"), _field("requires-python"))).encode()


def _field(name):
    found = re.search(r'^%s = "(.*)"$' % name, _read("pyproject.toml").decode("utf-8"), re.M)
    return found.group(1)


def _modules():
    return sorted(n for n in os.listdir(os.path.join(_HERE, "etalon")) if n.endswith(".py"))


def _read(*path):
    with open(os.path.join(_HERE, *path), "rb") as f:
        return f.read()
