#!/usr/bin/env bash
# The catalogue at scale: FOLDERFRONT_BENCH_NAMES files (default 1,000,000), beside find(1) in one run.
set -euo pipefail
cd "$(dirname "$0")/.." || exit
export FOLDERFRONT_BENCH_NAMES=${FOLDERFRONT_BENCH_NAMES:-1000000}
out=$(go test -tags headless,ci -run '^$' -bench '^Benchmark(Scale|Children|Lookup)$' -benchtime 3x -timeout 1h ./server/catalogue)
echo "$out"
figure() { echo "$out" | awk -v name="Benchmark$1" -v unit="$2" 'index($1, name) == 1 { for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }'; }
ratio() { awk -v a="$(figure "$1" "$5")" -v b="$(figure "$2" "$5")" -v n="$3" -v goal="$4" 'BEGIN { printf "%-48s %.3f (goal at most %s)\n", n, a / b, goal }'; }
seconds() { awk -v a="$(figure "$1" ns/op)" -v n="$2" -v goal="$3" 'BEGIN { printf "%-48s %.3f s (goal at most %s s)\n", n, a / 1e9, goal }'; }
echo
ratio Scale/again Scale/find "whole rescan against find -printf, time" 1 ns/op
ratio Scale/again Scale/find "the same, processor" "-" "cpu-µs/op"
ratio Scale/times Scale/find "pass over folder times against find, time" 0.02 ns/op
seconds Scale/first "first catalogue" 15
seconds Scale/restart "restart to the first listing" 0.3
