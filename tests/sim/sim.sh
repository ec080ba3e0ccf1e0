# The seeds that failed once, in full length; then 200 short runs.
set -e
"$TOP_BUILDDIR/tests/sim/sim" --file "$TOP_SRCDIR/tests/sim/seeds" --seeds 0
"$TOP_BUILDDIR/tests/sim/sim" --seeds 200 --steps 600
