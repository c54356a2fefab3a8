#!/usr/bin/env bash
# The tunnel through a loopback edge against plain loopback, in one run: data,
# requests, added latency, and how soon it is back after faults. Goals: it adds
# at most 100 µs; it is back 0.3 s after a reset and 2 s after the network is.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
go test -tags headless -run xxx -bench 'Transfer/(down|up)/(direct|edge)$|Latency|Requests' -benchtime 2s ./tunnel | tee -a "$out"
go test -tags headless -run xxx -bench 'Transfer/(down|up)/edge-50ms' -benchtime 3x ./tunnel | tee -a "$out"
go test -tags headless -run xxx -bench 'Recovery/reset' -benchtime 20x ./tunnel | tee -a "$out"
go test -tags headless -run xxx -bench 'Recovery/(outage|half)' -benchtime 1x -timeout 10m ./tunnel | tee -a "$out"

awk '
function metric(name,   i) { for (i = 2; i < NF; i++) if ($(i + 1) == name) return $i }
function goal(what, got, most, unit) {
	printf "%s: %.1f %s (goal: at most %s): %s\n", what, got, unit, most, got <= most ? "reached" : "MISSED"
	if (got > most) missed = 1
}
/^BenchmarkAddedLatency\/direct/ { direct = metric("ns/op") }
/^BenchmarkAddedLatency\/edge/ { edge = metric("ns/op") }
/^BenchmarkRecovery\/reset/ { reset = metric("worst-ms") }
/^BenchmarkRecovery\/outage.*-told/ { if (metric("worst-ms") > told) told = metric("worst-ms") }
END {
	if (!direct || !edge || !reset || !told) { print "a measurement is missing"; exit 1 }
	goal("added latency", (edge - direct) / 1000, 100, "µs")
	goal("recovery after a reset", reset, 300, "ms")
	goal("recovery once the system says that the network is back", told, 2000, "ms")
	exit missed
}' "$out"
