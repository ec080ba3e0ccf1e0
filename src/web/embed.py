"""Turn the files under src/web into C: the table behind include/deskbell/web.h.

It decides each file's address, type and policy, packs it, and takes its hashes; it changes no
file but for the word @ASSETS@ in pages.  Python, because packing, SHA-2 and base64 are in its
library and nothing has to be compiled for the building machine first.

usage: embed.py SRC_WEB OUTPUT.c        (OUTPUT is left alone where nothing has changed)
"""

import base64
import gzip
import hashlib
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".txt": "text/plain; charset=utf-8",
}
# Not served, wherever they lie: sources that something else is made from, and tests.
SKIPPED_FOLDERS = {"upstream", "test"}
# Pages live at stable addresses; all that they load lies under /a/HASH/, which changes with it.
PAGE_ROOMS = ("console", "admin")
ASSET_ROOMS = ("console", "admin", "shared", "vendor")


class File:
    def __init__(self, path, data, suffix, csp="NOTHING", immutable=False, cross_origin=False):
        self.path = path
        self.data = data
        self.type = TYPES[suffix]
        self.csp = csp
        self.immutable = immutable
        self.cross_origin = cross_origin


def files_in(folder):
    """Each file to serve below folder, with its path relative to it, in a fixed order."""
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and file.suffix in TYPES and not SKIPPED_FOLDERS.intersection(parts[:-1]):
            if not any(part.startswith((".", "#")) for part in parts):
                yield "/".join(parts), file


def page_path(room, name):
    """/console/index.html is asked for as /console/."""
    path = f"/{room}/{name}" if room else f"/{name}"
    return path[: -len("index.html")] if path.endswith("/index.html") else path


def collect(top):
    out = []
    assets = [
        (f"{room}/{name}", file)
        for room in ASSET_ROOMS
        for name, file in files_in(top / room)
        if file.suffix != ".html"
    ]
    digest = hashlib.sha256()
    for name, file in assets:
        digest.update(f"{name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    base = "/a/" + digest.hexdigest()[:16]

    for name, file in assets:
        out.append(File(f"{base}/{name}", file.read_bytes(), file.suffix, immutable=True))

    for room, csp in [(room, "PAGE") for room in PAGE_ROOMS] + [("demo", "DEMO"), ("root", "PAGE")]:
        for name, file in files_in(top / room):
            data = file.read_bytes()
            path = page_path("" if room == "root" else room, name)
            if file.suffix == ".html":
                data = data.replace(b"@ASSETS@", base.encode())
                out.append(File(path, data, ".html", csp))
            elif csp == "DEMO" or room == "root":
                out.append(File(path, data, file.suffix))

    version, integrity = "", ""
    dist = top / "widget" / "dist"
    if (dist / "version").exists():
        version = (dist / "version").read_text().strip()
        for name, file in files_in(dist):
            data = file.read_bytes()
            out.append(File(f"/w/{version}/{name}", data, file.suffix, "NOTHING", True, True))
            if name == "deskbell.js":
                out.append(File("/w/deskbell.js", data, file.suffix, "NOTHING", False, True))
                integrity = "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()

    out.sort(key=lambda f: f.path.encode())
    for a, b in zip(out, out[1:]):
        if a.path == b.path:
            sys.exit(f"embed.py: two files want to be served at {a.path}")
    return out, version, integrity


def c_bytes(name, data):
    lines = (data[at : at + 32] for at in range(0, len(data), 32))
    rows = ["    " + "".join(f"{byte}," for byte in line) for line in lines]
    return f"static const unsigned char {name}[] = {{\n" + "\n".join(rows) + "\n};\n"


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render(files, version, integrity):
    arrays, rows = [], []
    for i, file in enumerate(files):
        packed = gzip.compress(file.data, 9, mtime=0)
        if len(packed) * 10 > len(file.data) * 9:
            packed = b""
        etag = base64.urlsafe_b64encode(hashlib.sha256(file.data).digest()[:12]).decode()
        spans = []
        for name, data in ((f"plain_{i}", file.data), (f"packed_{i}", packed)):
            if data:
                arrays.append(c_bytes(name, data))
                spans.append(f"{{(const char *){name}, sizeof({name})}}")
            else:
                spans.append("{NULL, 0}")
        tag = c_string(f'"{etag}"')
        rows.append(
            f"    {{{c_string(file.path)}, {c_string(file.type)}, {tag},\n"
            f"     WEB_CSP_{file.csp}, {str(file.immutable).lower()}, "
            f"{str(file.cross_origin).lower()},\n     {spans[0]}, {spans[1]}}},\n"
        )
    return (
        "/* Made by src/web/embed.py from the files under src/web. */\n"
        '#include "web_int.h"\n\n'
        + "".join(arrays)
        + "\nconst struct web_file web_files[] = {\n"
        + "".join(rows)
        + "};\n"
        + "const size_t web_files_count = sizeof(web_files) / sizeof(web_files[0]);\n"
        + f"const char web_version[] = {c_string(version)};\n"
        + f"const char web_integrity[] = {c_string(integrity)};\n"
    )


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip().splitlines()[-1])
    output = pathlib.Path(sys.argv[2])
    text = render(*collect(pathlib.Path(sys.argv[1])))
    if not output.exists() or output.read_text() != text:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text)


main()
