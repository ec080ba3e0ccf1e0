# The seeds that failed once, in full length; then 200 short runs, or SIM_SEEDS of them.
set -e
"$TOP_BUILDDIR/tests/sim/sim" --file "$TOP_SRCDIR/tests/sim/seeds" --seeds 0
"$TOP_BUILDDIR/tests/sim/sim" --seeds "${SIM_SEEDS:-200}" --steps 600
