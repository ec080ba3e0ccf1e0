#!/bin/bash
# Every kept input, once through its parser.
set -eu

for name in http ws proxyproto mailbox tmpl; do
    echo "$name"
    "$TOP_BUILDDIR/tests/fuzz/${name}_replay" "$TOP_SRCDIR/tests/fuzz/corpus/$name"
done
