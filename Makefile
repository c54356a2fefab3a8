# make run, make test and make bench set up what they need by themselves.

VERSION ?= 0.1.0
TAGS    := x11,migrated_fynedo
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: run test prove bench lint release clean

run: ## build and start Folderfront; without a display, the server on a sample folder
	@.ci/setup run
	@.ci/start

test: ## set up what tests need and run them all
	@.ci/setup run test
	@.ci/test

prove: ## the long forms of the tests: every system call killed, soak, leak, fuzz
	@.ci/setup run test
	@.ci/prove

bench: ## measure side by side with nginx, plocate, vipsthumbnail and others
	@.ci/setup run test bench
	@.ci/bench

lint: ## formatting, vet, staticcheck and dead code
	@.ci/lint

release: ## packages for Linux and Windows in dist/, each installed or unpacked and tried
	@.ci/setup run release
	@VERSION='$(VERSION)' LDFLAGS='$(LDFLAGS)' TAGS='$(TAGS)' .ci/release

clean:
	rm -rf build dist folderfront folderfront.exe
