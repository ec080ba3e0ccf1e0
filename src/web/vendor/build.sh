#!/bin/sh
# Build ui.js from the vendored sources: build.sh OUT.  ESBUILD names the program.
#
# Signals reaches into Preact by the short names that Preact's published file has; mangle.json
# gives those names to the sources.  The output holds the licences' notices once, on top.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/upstream"
exec "${ESBUILD:-esbuild}" ui.src.js --bundle --format=esm --target=es2021 --minify \
	--charset=utf8 --legal-comments=none --log-level=warning \
	--mangle-props='^_(vnode|parent|component|dom|depth|onResolve|hasScuFromHooks|hook|diff|render|catchError)$' \
	--mangle-cache=mangle.json \
	--alias:preact=./preact \
	--alias:htm=./htm/index.mjs --alias:@preact/signals-core=./signals-core/index.ts \
	--alias:@preact/signals=./signals/index.ts \
	--banner:js='/* preact 11.2.0 (MIT), htm 3.1.1 (Apache-2.0), @preact/signals 2.11.4 and @preact/signals-core 1.14.5 (MIT); sources and licences: src/web/vendor */' \
	--outfile="$out"
