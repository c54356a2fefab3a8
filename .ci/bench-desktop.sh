#!/usr/bin/env bash
# What the desktop program costs, on a private desktop with tray, keyring and
# window: memory and processor hidden, visible and serving; the time from the
# start to the tray icon and, with FOLDERFRONT_BENCH_NAMES files (default
# 1,000,000) catalogued, to the first listing; what scrolling 100,000 activities
# costs; how long its faces disagree.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
go build -tags x11,migrated_fynedo,gles -ldflags '-s -w' -o build/folderfront .
export FOLDERFRONT_DESKTOP=$PWD/build/folderfront FOLDERFRONT_BENCH=1
go test -count=1 -tags headless,ci -timeout 2h -v -run '^Test(Cost|Scroll|Start|StartWithManyFiles|FacesAgree.*)$' ./app/desktoptest | grep -v '^=== RUN'
