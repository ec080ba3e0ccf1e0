# The command table against its manual: each is listed in both, with the same arguments.
set -u
ctl=$TOP_BUILDDIR/src/ctl/deskbellctl
manual=$TOP_SRCDIR/src/ctl/deskbellctl.1
bad=0

table=$("$ctl" help | sed -n 's/^  \([a-z]* [a-z]*[^ ]*.*\)$/\1/p' | awk '{print $1" "$2}')
listed=$(sed -n 's/^\.It Ic \([a-z]* [a-z]*\).*/\1/p' "$manual")
[ -n "$table" ] || { echo "deskbellctl help lists nothing"; exit 1; }
if [ "$table" != "$listed" ]; then
    echo "the manual's list is not the table's:"
    diff <(echo "$table") <(echo "$listed")
    bad=1
fi
for noun in $(echo "$table" | cut -d' ' -f1 | sort -u); do
    "$ctl" help "$noun" | grep -q "^  $noun " || { echo "help $noun says nothing"; bad=1; }
done
"$ctl" completion bash | bash -n || { echo "the completion is no bash"; bad=1; }
exit $bad
