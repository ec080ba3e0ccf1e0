"""Build the widget that is served: src/web/widget/dist, with Debian's esbuild.

The result is checked in, because pages pin its bytes by their hash; a test builds it again and
compares.  Its version is the program's with a fingerprint of the sources, so that an address
never stands for two different files.

usage: build.py CONFIGURE.AC WIDGET_FOLDER OUTPUT_FOLDER
"""

import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys

LANGS = ("en", "ja")
WORDS = ("text", "refused")
PARTS = ("talk", "away", "late")  # what the core loads when it needs it


def esbuild(*args):
    command = ["esbuild", "--log-level=warning", *args]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def integrity(data):
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def version(configure, folder):
    number = re.search(r"AC_INIT\(\[deskbell\], \[([^]]+)\]", configure.read_text()).group(1)
    digest = hashlib.sha256()
    for file in [*sorted(folder.glob("*")), folder.parent / "shared/text.js"]:
        if file.suffix in (".js", ".css", ".py"):
            digest.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return f"{number}-{digest.hexdigest()[:8]}"


# What esbuild leaves of spaces in custom properties, variables and media queries means nothing.
def sheet(file):
    return re.sub("([:,]) ", r"\1", esbuild(str(file), "--minify").decode().strip())


def bundle(entry, shape, *args, **defines):
    values = [f"--define:{name}={json.dumps(value)}" for name, value in defines.items()]
    return esbuild(str(entry), "--bundle", "--minify", "--target=es2021", "--charset=utf8",
                   f"--format={shape}", *args, *values)


# A part may do with the styles that are there.
def style(folder, part):
    file = folder / f"{part}.css"
    return {"CSS": sheet(file)} if file.exists() else {}


def main():
    configure, folder, out = (pathlib.Path(arg) for arg in sys.argv[1:4])
    out.mkdir(parents=True, exist_ok=True)
    current = version(configure, folder)
    loader_hashes, files = {}, {}
    for lang in LANGS:
        text = [f"--alias:{name}={folder.resolve()}/{name}.{lang}.js" for name in WORDS]
        parts = {part: bundle(folder / f"{part}.js", "esm", *text, **style(folder, part))
                 for part in PARTS}
        hashes = {part.upper(): integrity(data) for part, data in parts.items()}
        core = bundle(folder / "core.js", "esm", *text, CSS=sheet(folder / "core.css"), **hashes)
        loader_hashes[lang] = integrity(core)
        files |= {f"{part}.{lang}.js": data for part, data in {"core": core, **parts}.items()}
    files["deskbell.js"] = bundle(folder / "loader.js", "iife", VERSION=current,
                                  CORES=loader_hashes, SHEET=sheet(folder / "loader.css"))
    for name, data in files.items():
        (out / name).write_bytes(data)
    (out / "version").write_text(current + "\n")


main()
