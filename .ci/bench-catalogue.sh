#!/usr/bin/env bash
# The catalogue at scale, beside find(1), fd and nginx on the same files in one run: first scan,
# rescan, folder times, restart; then the whole program with the same tree: processor time and
# memory, restart, and the listing of 100,000 files over HTTP: the very first, the first after a
# change, and those from then on. FOLDERFRONT_BENCH_NAMES files (default 1,000,000) are made in
# TMPDIR. With those, and nothing else running, it takes some six minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
names=${FOLDERFRONT_BENCH_NAMES:-1000000}
flat=100000

work=$(mktemp -d)
servers=()
cleanup() {
	for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

# --- the trees ---------------------------------------------------------------
# A hundred files to a folder, in folders of folders; and one folder of very many.
tree=$work/tree large=$work/large
mkdir -p "$large"
seq 0 100 $((names - 1)) | awk -v t="$tree" '{ printf "%s/%03d/project %04d%c", t, $1 / 10000, $1 / 100, 0 }' | xargs -0 mkdir -p
seq 0 $((names - 1)) | awk -v t="$tree" '{ printf "%s/%03d/project %04d/Document %07d.txt%c", t, $1 / 10000, $1 / 100, $1, 0 }' | xargs -0 touch
seq 0 $((flat - 1)) | awk -v t="$large" '{ printf "%s/Document %06d.txt%c", t, $1, 0 }' | xargs -0 touch
chmod 755 "$work" "$large"

line() { printf '%-58s %10s  %s\n' "$1" "$2" "${3:-}"; }
calc() { awk "BEGIN { printf \"%.3f\", $1 }"; }
# judged NAME VALUE UNIT GOAL: a figure beside what it should be at most.
judged() { line "$1" "$2$3" "(goal at most $4: $(awk "BEGIN { print ($2 <= $4) ? \"met\" : \"MISSED\" }"))"; }

# --- the catalogue alone -----------------------------------------------------
export FOLDERFRONT_BENCH_NAMES=$names FOLDERFRONT_BENCH_TREE=$tree
out=$(go test -tags headless,ci -run '^$' -bench '^Benchmark(Scale|Children)$' -benchtime 3x -timeout 1h ./server/catalogue)
echo "$out"
figure() { echo "$out" | awk -v name="BenchmarkScale/$1" -v unit="$2" 'index($1, name) == 1 { for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }'; }
ratio() { calc "$(figure "$1" "$3") / $(figure "$2" "$3")"; }
seconds() { calc "$(figure "$1" "$2") / $3"; }
echo
echo "$names files:"
judged "first catalogue" "$(seconds first ns/op 1e9)" " s" 15
line "  the same, processor" "$(seconds first cpu-µs/op 1e6) s"
judged "whole rescan against find -printf, time" "$(ratio again find ns/op)" "" 1
line "  the same, processor" "$(ratio again find cpu-µs/op)"
judged "pass over folder times against find, time" "$(ratio times find ns/op)" "" 0.02
judged "  the same, processor" "$(ratio times find cpu-µs/op)" "" 0.02
judged "restart of the catalogue to the first listing" "$(seconds restart ns/op 1e9)" " s" 0.3
fd=$(command -v fdfind || command -v fd || true)
if [ -n "$fd" ]; then
	began=$EPOCHREALTIME
	"$fd" -u . "$tree" >/dev/null
	line "whole rescan against fd, which looks at names alone, time" "$(calc "$(seconds again ns/op 1e9) / ($EPOCHREALTIME - $began)")"
fi

# --- the whole program -------------------------------------------------------
binary=${FOLDERFRONT_HEADLESS:-$work/folderfront}
[ -x "$binary" ] || CGO_ENABLED=0 go build -tags headless -o "$binary" .
export FOLDERFRONT_API_KEY=bench-key
hz=$(getconf CLK_TCK)
# used PID: processor seconds of a process and its children, also those that ended.
used() {
	local sum=0 pid
	for pid in "$1" $(pgrep -P "$1" || true); do
		sum=$((sum + $(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || echo 0)))
	done
	calc "$sum / $hz"
}
start() {
	: >"$work/ready"
	began=$EPOCHREALTIME
	"$binary" serve --profile "$work/profile" --secrets file --share "Tree=$tree" --share "Large=$large" --listen 127.0.0.1:0 --json >"$work/ready" 2>"$work/log" &
	folderfront=$!
	servers+=("$folderfront")
	until [ -s "$work/ready" ]; do sleep 0.01; done
	ready=$(calc "$EPOCHREALTIME - $began")
	api=$(jq -rn 'first(inputs) | .baseAPIURL' "$work/ready")
}
ask() { curl -sf -H "apiKey: $FOLDERFRONT_API_KEY" "$@"; }
settle() { # until it has been idle for some seconds
	local before=-1 now
	while now=$(used "$folderfront"); [ "$now" != "$before" ]; do
		before=$now
		sleep 3
	done
}
memory() { awk -v k="$1:" '$1 == k { printf "%d MiB", $2 / 1024 }' "/proc/$folderfront/status"; }
start
catalogued() { # every file is there, and no scan is under way
	"$binary" status --profile "$work/profile" --json |
		jq -e --argjson all $((names + flat)) '([.folders[].status] | all(. == "ready")) and ([.folders[].files] | add) == $all' >/dev/null
}
until catalogued; do sleep 0.5; done
line "whole program: all catalogued after" "$(calc "$EPOCHREALTIME - $began") s" "names and contents indexed meanwhile"
settle
line "  processor until nothing is left to index" "$(used "$folderfront") s"
line "  memory, anonymous; at most, with mapped files" "$(memory RssAnon)" "$(memory VmHWM)"
kill "$folderfront" && wait "$folderfront" || true
mkdir -p "$work/nginx"
start
judged "whole program: restart to ready" "$ready" " s" 0.3
began=$EPOCHREALTIME
ask -o /dev/null "$api/search?query=Document+0000123"
judged "  first search, names loaded" "$(calc "$EPOCHREALTIME - $began")" " s" 2
settle
line "  memory after a restart, anonymous; with mapped files" "$(memory RssAnon)" "$(memory VmRSS)"

# --- a listing of 100,000 beside nginx' --------------------------------------
while port=$(shuf -i 20000-59999 -n 1); ss -Htln "sport = :$port" | grep -q .; do :; done
cat >"$work/nginx/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx/pid; error_log $work/nginx/error.log;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f; uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
  server { listen 127.0.0.1:$port; location / { root $large; autoindex on; autoindex_format json; } }
}
CONF
nginx -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" &
nginx=$!
servers+=("$nginx")
until curl -sf -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.1; done
folder=$(ask "$api/files" | jq -r '.[] | select(.title == "Large").id')
declare -A cpu first
# listing NAME PID URL: adds the processor seconds of one listing, and the time to its first byte.
listing() {
	local before
	before=$(used "$2")
	first[$1]=$(calc "${first[$1]:-0} + $(ask -o /dev/null -w '%{time_starttransfer}' "$3")")
	cpu[$1]=$(calc "${cpu[$1]:-0} + $(used "$2") - $before")
}
restart() {
	kill "$folderfront" && wait "$folderfront" || true
	start
	until catalogued; do sleep 0.2; done
	settle
}
query="files?parentId=$folder"
restarts=3 rounds=5
for round in $(seq $restarts); do
	[ "$round" = 1 ] || restart
	listing begun "$folderfront" "$api/$query"
done
for round in $(seq $rounds); do
	touch "$large/Newest $round.txt" # what was kept of the listing is out of date
	settle
	listing made "$folderfront" "$api/$query"
	for _ in 1 2 3 4 5; do
		listing kept "$folderfront" "$api/$query"
		listing nginx "$nginx" "http://127.0.0.1:$port/"
	done
done
peer=$(calc "${cpu[nginx]} / $rounds / 5")
echo "/files of $flat (nginx: $peer processor seconds, first byte after $(calc "${first[nginx]} / $rounds / 5 * 1000") ms):"
# listed NAME WORDS COUNT
listed() {
	judged "$2, processor against nginx" "$(calc "${cpu[$1]} / $3 / $peer")" "" 0.5
	judged "  first byte" "$(calc "${first[$1]} / $3 * 1000")" " ms" 20
}
listed begun "the first of all" $restarts
listed made "the first after a change" $rounds
listed kept "from then on" $((rounds * 5))
line "memory while listings are kept (five minutes), anonymous" "$(memory RssAnon)"
