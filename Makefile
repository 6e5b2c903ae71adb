# make run    builds everything and starts the demo
# make test   installs what the tests use, then checks and tests everything
.PHONY: run build web test go-test web-test browser-test check race fuzz soak bench bench-record bench-discover bench-gate bench-index bench-seek bench-h264 bench-motion everywhere score-motion bench-revoke e2e-peer dist clean
SHELL := /bin/sh
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILT := $(shell git log -1 --format=%cI 2>/dev/null)
# What is compiled for the program, its checks and its tests is compiled once, for all of
# them and for every folder. Only the race detector needs C.
export GOFLAGS := -trimpath $(GOFLAGS)
export CGO_ENABLED ?= 0
BUILD = CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION) -X main.built=$(BUILT)"
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

run: build
	./bin/lares demo

build: web/dist/index.html
	$(BUILD) -o bin/lares ./hub

web: web/dist/index.html

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/svelte.config.js -type f 2>/dev/null)
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build

test: need check go-test trap-test prove-quick web-test browser-test

.PHONY: need
need:
	packaging/dev/need ffmpeg chromium opencv-doc ip

# The whole hub keeps time with its cameras and wants both cores for itself: what its
# tests do most of the time is to wait for those, so it says itself how many run at once.
# The others wait for something too, sockets, child processes, ffmpeg: three packages at
# once, four tests of each. The recorder waits longest, and so begins first. Of the rooms
# with a database, hub/httpapi does: each of its tests starts cameras and waits for clips.
# `make check` vets all of it, and has run hub/rules: what runs tests need not.
# SQLite and argon2 take five to ten times as long under the race detector, and what only
# computes has one goroutine and nothing to race: `make race` looks for races there too,
# where it may take its time. What a flood costs in memory, the race detector hides.
DATABASE_ROOMS = hub/account|hub/app|hub/gate|hub/httpapi|hub/journal|hub/store|hub/vault
COMPUTING_ROOMS = cameras/(episode|h264|media/(aac|flac|fmp4)|motion|mpegts|picture|seal|sound)|recorder/(evidence|sealed)
go-test: build
	CGO_ENABLED=1 go test -vet=off -race -p 3 -parallel 4 -timeout 20m ./recorder $$(go list ./... | grep -vE '/($(DATABASE_ROOMS)|$(COMPUTING_ROOMS)|hub/rules)$$')
	go test -vet=off -p 3 -parallel 8 -timeout 20m ./hub/httpapi ./hub/gate ./hub/vault ./hub/account ./hub/journal ./hub/store $$(go list ./... | grep -E '/($(COMPUTING_ROOMS))$$')
	go test -vet=off -timeout 20m ./hub/app
	go test -vet=off -timeout 5m -tags crossfault -run AreCompared ./hub/detector ./hub/gate ./hub/live
	go test -vet=off -timeout 5m -run 'TestFlood$$' ./cameras/discover

# What the web libraries cross by themselves: a module of its own.
.PHONY: trap-test
trap-test:
	cd hub/httpapi/traps && go mod tidy -diff && go vet ./... && go test -count=1 ./...

web-test: web
	cd web && npm test

browser-test: build
	go test -count=1 -timeout 8m -tags browser -run Browser ./hub/app

check: build
	@test -z "$$(gofmt -l cameras hub recorder web/*.go)" || { gofmt -l cameras hub recorder web/*.go; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go vet -tags bench,browser,crossfault,nolock1,nolock2,peer,score,soak ./...
	$(STATICCHECK) ./...
	cd web && npm run check
	go mod tidy -diff
	go test ./hub/rules
	packaging/dev/check-binaries
	packaging/dev/check-vulnerabilities

# All tests, and a hub under the proof's clients, with the race detector.
race:
	packaging/dev/need ffmpeg nginx
	CGO_ENABLED=1 go test -race -p 2 -timeout 40m ./...
	go test -count=1 -timeout 30m -run 'TestProveRaces$$' -v ./hub/app/prove -args -prove race

# FUZZTIME per target.
FUZZTIME ?= 60s
fuzz:
	packaging/dev/fuzz $(FUZZTIME)

soak: build
	packaging/dev/need ffmpeg ip
	go test -count=1 -timeout 240m -p 1 -tags soak -run Soak -v ./hub/app ./cameras ./recorder

bench: bench-record bench-gate

# Needs a machine that does nothing else: its figures are processor time. RUNS
# minutes of each program for each number of CAMERAS, of ours in each of the MODES: events
# alone, and both, all the time and events.
RUNS ?= 5
CAMERAS ?= 8,4,1
MODES ?= events,both
bench-record: build
	packaging/dev/need ffmpeg perf
	go test -count=1 -timeout 120m -tags bench -run BenchRecord -v ./hub/app -args -runs $(RUNS) -cameras $(CAMERAS) -modes $(MODES)

# How much is written for the database beside the recordings, each on a disk of its own;
# needs root for loop devices.
.PHONY: bench-wear
bench-wear:
	packaging/dev/need ffmpeg
	go test -count=1 -timeout 30m -tags bench -run BenchWear -v ./hub/app

# No wire crosses: see hub/app/prove. The long form counts a million answers.
.PHONY: prove prove-quick
prove:
	packaging/dev/need nginx
	go test -count=1 -timeout 90m -run 'TestProve$$' -v ./hub/app/prove -args -prove long

prove-quick:
	packaging/dev/need nginx
	go test -count=1 -timeout 20m -run 'TestProve$$' -v ./hub/app/prove -args -prove quick

# A thousand grants are taken back while they bring live pictures, downloads and exports.
bench-revoke:
	go test -count=1 -timeout 60m -tags bench -run TestRevokesCut -v ./hub/httpapi | grep -v level=ERROR

# How soon cameras are found; needs root for network namespaces.
bench-discover:
	packaging/dev/need ip
	go test -count=1 -timeout 5m -tags bench -run TestBenchStreet -v ./cameras/discover

# What a page asks of the gate, at 100,000 events. Needs a machine that does
# nothing else; fails if a figure is short of its target.
bench-gate:
	go test -count=1 -timeout 20m -tags bench -run BenchGate -v ./hub/gate

# The same at a million events, and timelines, while others record. Needs a machine that
# does nothing else.
bench-index:
	go test -count=1 -timeout 30m -tags bench -run BenchIndex -v ./hub/gate

# `lares repair` of a database that was lost, with so many CLIPS: 4 GB in TMPDIR for a million.
CLIPS ?= 1000000
.PHONY: bench-repair
bench-repair:
	go test -count=1 -timeout 180m -tags bench -run BenchRepair -v ./hub/app -args -clips $(CLIPS)

# From a time to the first fragment that plays, over a day of recordings: 3 GB in TMPDIR.
bench-seek:
	go test -count=1 -timeout 20m -tags bench -run BenchSeek -v ./hub/httpapi

# How fast H.264 is parsed and drawn, on the streams of ../shared.
bench-h264:
	go test -count=1 -timeout 10m -tags bench -run BenchH264 -v ./cameras/h264

# What the detection of motion costs, beside ffmpeg. Needs a machine that does
# nothing else.
bench-motion:
	packaging/dev/need ffmpeg
	go test -count=1 -timeout 20m -tags bench -run BenchMotion -v ./cameras/motion

# The same is found on other machines, byte by byte.
everywhere:
	packaging/dev/need qemu-aarch64-static
	GOARCH=arm64 CGO_ENABLED=0 go test -count=1 -exec qemu-aarch64-static -run 'Everywhere|Vectors|AsTheyAre' -v ./cameras/motion ./cameras/h264
	GOARCH=arm GOARM=7 CGO_ENABLED=0 go test -count=1 -exec qemu-arm-static -run 'Everywhere|Vectors|AsTheyAre' -v ./cameras/motion ./cameras/h264

# What it finds in footage whose motion is written down, of ../shared.
score-motion:
	packaging/dev/need ffmpeg
	go test -count=1 -timeout 30m -tags score -run ScoreMotion -v ./cameras/motion

e2e-peer: build
	packaging/dev/need ffmpeg opencv-doc
	go test -count=1 -timeout 15m -tags peer -run Peer -v ./cameras/fakecam ./hub/app

dist: web
	for t in amd64 arm64 arm; do GOOS=linux GOARCH=$$t GOARM=7 $(BUILD) -o bin/lares-linux-$$t ./hub || exit 1; done

clean:
	rm -rf bin web/dist/* web/node_modules
