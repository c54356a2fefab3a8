#!/usr/bin/env bash
# The provider beside nginx and Caddy on the same files in one run: downloads,
# requests a second and uploads, with processor seconds and ratios. Uses 4 GiB
# in TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
servers=()
cleanup() {
	for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

binary=${FOLDERFRONT_HEADLESS:-$work/folderfront}
[ -x "$binary" ] || CGO_ENABLED=0 go build -tags headless -o "$binary" .

free_port() {
	local port
	while port=$(shuf -i 20000-59999 -n 1); ss -Htln "sport = :$port" | grep -q .; do :; done
	echo "$port"
}

mkdir -p "$work/files" "$work/dav" "$work/nginx"
chmod 755 "$work" "$work/files"
chmod 777 "$work/dav"
dd if=/dev/urandom of="$work/files/large.bin" bs=4M count=256 status=none
head -c 4096 /dev/urandom >"$work/files/small.bin"
cat "$work/files/large.bin" >/dev/null # into the page cache

# --- the three servers -------------------------------------------------------
export FOLDERFRONT_API_KEY=bench-key
"$binary" serve --profile "$work/profile" --secrets file --share "Bench=$work/files" --listen 127.0.0.1:0 --json >"$work/ready" 2>"$work/log" &
folderfront=$!
servers+=("$folderfront")

nginx_port=$(free_port)
cat >"$work/nginx/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $work/nginx/pid; error_log $work/nginx/error.log;
events { worker_connections 512; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; client_max_body_size 0;
  client_body_temp_path $work/dav/tmp; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f; uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
  server { listen 127.0.0.1:$nginx_port; location / { root $work/files; } location /dav/ { alias $work/dav/; dav_methods PUT; } }
}
CONF
nginx -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf" &
nginx=$!
servers+=("$nginx")

caddy_port=$(free_port)
printf '{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:%s {\n\troot * %s\n\tfile_server\n}\n' "$caddy_port" "$work/files" >"$work/Caddyfile"
XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy run --adapter caddyfile --config "$work/Caddyfile" >"$work/caddy.log" 2>&1 &
caddy=$!
servers+=("$caddy")

for _ in $(seq 300); do
	[ -s "$work/ready" ] && curl -sf -o /dev/null "http://127.0.0.1:$nginx_port/small.bin" && curl -sf -o /dev/null "http://127.0.0.1:$caddy_port/small.bin" && break
	sleep 0.1
done
api=$(jq -rn 'first(inputs) | .baseAPIURL' "$work/ready")
ask() { curl -sf -H "apiKey: $FOLDERFRONT_API_KEY" "$@"; }
share=$(ask "$api/files" | jq -r '.[0].id')
large=$(ask "$api/files?parentId=$share" | jq -r '.[] | select(.title == "large.bin").id')
small=$(ask "$api/files?parentId=$share" | jq -r '.[] | select(.title == "small.bin").id')

# --- measuring ---------------------------------------------------------------
# ticks PID: processor ticks that a process and its children, also those that ended, have used.
ticks() {
	local sum=0 pid used
	for pid in "$1" $(pgrep -P "$1" || true); do
		used=$(awk '{ sub(/.*\) /, ""); print $12 + $13 + $14 + $15 }' "/proc/$pid/stat" 2>/dev/null || echo 0)
		sum=$((sum + used))
	done
	echo "$sum"
}
hz=$(getconf CLK_TCK)
settle() { # the first scan and index are no part of what is measured
	local before=-1 now
	for _ in $(seq 60); do
		now=$(ticks "$folderfront")
		[ "$now" = "$before" ] && return
		before=$now
		sleep 1
	done
	echo "Folderfront is still busy with something else: its figures are too high." >&2
}
declare -A cpu wall

# measure NAME PID COMMAND…: adds wall and processor seconds to those of NAME.
measure() {
	local name=$1 pid=$2 before began
	shift 2
	before=$(ticks "$pid")
	began=$EPOCHREALTIME
	"$@" >/dev/null
	wall[$name]=$(echo "${wall[$name]:-0} + $EPOCHREALTIME - $began" | bc -l)
	cpu[$name]=$(echo "${cpu[$name]:-0} + ($(ticks "$pid") - $before) / $hz" | bc -l)
}
ratio() { echo "scale=2; $1 / ($2 + 0.000001)" | bc -l; }
verdict() { [ "$(echo "$1" | bc -l)" = 1 ] && echo met || echo MISSED; }

rounds=5
fetch() { curl -sf -o /dev/null "$@"; }
settle
memory_before=$(awk '/VmRSS/ {print $2}' "/proc/$folderfront/status")
for _ in $(seq $rounds); do
	measure folderfront "$folderfront" fetch -H "apiKey: $FOLDERFRONT_API_KEY" "$api/download?id=$large"
	measure nginx "$nginx" fetch "http://127.0.0.1:$nginx_port/large.bin"
	measure caddy "$caddy" fetch "http://127.0.0.1:$caddy_port/large.bin"
done
memory_after=$(awk '/VmRSS/ {print $2}' "/proc/$folderfront/status")
echo "Download of 1 GiB, mean of $rounds interleaved rounds:"
for name in folderfront nginx caddy; do
	printf '  %-12s %6.3f s  %6.2f GiB/s  %6.3f CPU-seconds a GiB\n' "$name" "$(echo "${wall[$name]} / $rounds" | bc -l)" "$(echo "$rounds / ${wall[$name]}" | bc -l)" "$(echo "${cpu[$name]} / $rounds" | bc -l)"
done
r=$(ratio "${cpu[folderfront]}" "${cpu[nginx]}")
echo "  CPU: $r of nginx' (goal at most 1.2: $(verdict "$r <= 1.2")), $(ratio "${cpu[folderfront]}" "${cpu[caddy]}") of Caddy's"
r=$(ratio "${wall[nginx]}" "${wall[folderfront]}")
echo "  throughput: $r of nginx' (goal at least 0.9: $(verdict "$r >= 0.9"))"
echo "  memory: $memory_before KiB before, $memory_after KiB after"

if strace -qq -f -c -e trace=sendfile,read,write,splice -o "$work/trace" -p "$folderfront" 2>"$work/strace.log" & then
	tracer=$!
	sleep 1
	fetch -H "apiKey: $FOLDERFRONT_API_KEY" "$api/download?id=$large"
	kill -INT "$tracer" 2>/dev/null || true
	wait "$tracer" 2>/dev/null || true
	echo "System calls of one download (strace):"
	awk '$NF ~ /^(sendfile|read|write|splice)$/ {printf "  %-9s %s\n", $NF, $4}' "$work/trace" || cat "$work/strace.log"
fi

# requests NAME PID URL [HEADER]: requests a second, 16 connections, 5 s, and what each costs.
requests() {
	local before
	before=$(ticks "$2")
	wrk -t1 -c16 -d5s ${4:+-H "$4"} "$3" >"$work/wrk"
	rate=$(awk '/Requests\/sec/ { print $2 }' "$work/wrk")
	if grep -q 'Non-2xx' "$work/wrk"; then
		echo "$1 answers with failures" >&2
		exit 1
	fi
	printf '  %-29s %9s  %6.1f processor µs each\n' "$1" "$rate" "$(echo "($(ticks "$2") - $before) / $hz * 1000000 / $(awk '/requests in/ { print $1 }' "$work/wrk")" | bc -l)"
}
settle
echo "Requests a second (16 connections, wrk on the same processors):"
requests "/metadata" "$folderfront" "$api/metadata?id=$small" "apiKey: $FOLDERFRONT_API_KEY"
echo "    (goal 20000: $(verdict "$rate >= 20000"))"
requests "/download of 4 KiB" "$folderfront" "$api/download?id=$small" "apiKey: $FOLDERFRONT_API_KEY"
requests "nginx, the same 4 KiB" "$nginx" "http://127.0.0.1:$nginx_port/small.bin"
requests "Caddy, the same 4 KiB" "$caddy" "http://127.0.0.1:$caddy_port/small.bin"

# --- uploads -----------------------------------------------------------------
send() { # durable when it is answered
	local id
	id=$(ask -X POST "$api/uploadInit?parentId=$share&filename=$1" | jq -r .id)
	ask -T "$work/files/large.bin" "$api/upload?id=$id"
}
put_and_sync() { # nginx answers before its file is durable
	curl -sf -T "$work/files/large.bin" "http://127.0.0.1:$nginx_port/dav/$1"
	sync -f "$work/dav/$1"
}
settle
unset "wall[folderfront]" "wall[nginx]" "cpu[folderfront]" "cpu[nginx]"
for round in 1 2; do
	measure folderfront "$folderfront" send "up$round.bin"
	measure nginx "$nginx" put_and_sync "up$round.bin"
	rm -f "$work/dav/up$round.bin"
done
echo "Upload of 1 GiB until it is durable, mean of 2 interleaved rounds:"
for name in folderfront nginx; do
	printf '  %-12s %6.2f s  %6.3f CPU-seconds\n' "$name" "$(echo "${wall[$name]} / 2" | bc -l)" "$(echo "${cpu[$name]} / 2" | bc -l)"
done
echo "  time: $(ratio "${wall[folderfront]}" "${wall[nginx]}") of nginx' WebDAV PUT and sync"
echo "  memory after all: $(awk '/VmRSS/ {print $2}' "/proc/$folderfront/status") KiB, at most $(awk '/VmHWM/ {print $2}' "/proc/$folderfront/status") KiB"
