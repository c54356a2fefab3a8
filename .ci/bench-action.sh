#!/usr/bin/env bash
# Custom actions: how fast they are queued durably, delivered and looked up. Figures by the clock,
# and by the processor's time alone, which holds on a busy computer, too.
set -euo pipefail
cd "$(dirname "$0")/.." || exit
out=$(go test -tags headless,ci -run '^$' -bench '^Benchmark(Enqueue|Deliver)$' -benchtime 6000x -timeout 10m ./server/action
	go test -tags headless,ci -run '^$' -bench '^BenchmarkLog$' -benchtime 5x -timeout 10m ./server/action
	go test -tags headless,ci -run '^$' -bench '^BenchmarkSettled$' -benchtime 5x -timeout 10m ./server/action)
echo "$out"
figure() { echo "$out" | awk -v name="Benchmark$1" -v unit="$2" 'index($1, name) == 1 { for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }'; }
rate() {
	awk -v n="$1" -v clock="$(figure "$2" "$3")" -v cpu="$(figure "$2" cpu-µs/op)" -v cores="$(nproc)" -v goal="$4" \
		'BEGIN { printf "%-44s %.0f (goal %d, ratio %.2f; by processor time %.0f, ratio %.2f)\n", n, clock, goal, clock / goal, cores * 1e6 / cpu, cores * 1e6 / cpu / goal }'
}
echo
rate "deliveries a second" Deliver deliveries/s 3000
rate "durable enqueues a second" Enqueue enqueues/s 1500
awk -v worst="$(figure Log/ ns/op | sort -n | tail -1)" 'BEGIN { printf "%-44s %.0f ms (goal at most 100 ms)\n", "slowest filter over 100,000 runs", worst / 1e6 }'
awk -v worst="$(figure Settled ms-worst)" 'BEGIN { printf "%-44s %.0f ms (goal at most 250 ms)\n", "settled file to queue, worst", worst }'
