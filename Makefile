# The two commands that matter: make demo, make test. make help lists all.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export PATH := $(CURDIR)/.tools:$(PATH)

TOOL := go tool -modfile=tools/go.mod
GO_FILES = find . -name '*.go' -not -path './node_modules/*' -not -path './.tools/*' -not -path './demo/*'
# A number, not a time: at the end of a time Go may fail a target for nothing (golang.org/issue/75804).
FUZZ_RUNS ?= 20000x
# The Go vulnerability database in OSV form, packed; without it govulncheck is left out.
VULNDB ?= ../shared/data/vulndb-osv.tar.gz

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# ---- building ----

ASSET_SOURCES = $(shell find layouts/browser layouts/style -type f 2>/dev/null) package.json

node_modules/.package-lock.json: package-lock.json package.json
	scripts/need.sh node
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

layouts/dist/names.json: node_modules/.package-lock.json $(ASSET_SOURCES)
	node layouts/browser/build.mjs
	touch $@

.PHONY: assets
assets: layouts/dist/names.json ## Bundle scripts and styles into layouts/dist

.PHONY: build
build: assets ## Build bin/despatch and bin/despatchbox
	scripts/need.sh go
	go build -trimpath -o bin/despatch ./cmd/despatch
	go build -trimpath -o bin/despatchbox ./cmd/despatchbox

# ---- the demonstration ----

DEMO ?= demo

.PHONY: demo
demo: build ## Make and serve a fictional authority in ./demo (kept between runs)
	bin/despatch demo $(DEMO)

.PHONY: demo-reset
demo-reset: ## Clear what make demo made
	rm -rf -- $(DEMO)

# ---- the gates ----

.PHONY: need-test
need-test:
	scripts/need.sh go node age git chromium ssh-keygen sha256sum strace tar gzip unzip rsync qpdf pdfdetach pdfinfo pdffonts pdftotext pdfsig mutool certutil openssl

.PHONY: lint
lint: ## go vet, gofumpt, staticcheck
	go vet ./...
	@unformatted=$$($(TOOL) gofumpt -l $$($(GO_FILES))); if [ -n "$$unformatted" ]; then echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(TOOL) staticcheck ./...

.PHONY: test
test: need-test build lint ## Everything a change must pass (12 minutes on 2 cores)
	go test -short -timeout 30m ./...
	npm run --silent check
	npm test --silent
	npm run --silent e2e

.PHONY: test-all
test-all: test brief answers portal browser deadcode vulnerabilities tidy windows ## What continuous integration runs: 40 minutes or so on 2 cores

.PHONY: brief
brief: ## What go test -short leaves out: power cuts of a disk, commands cut short, a cheating box, large files, load, in brief
	go test -timeout 20m -run 'PowerCutOfADisk|ADiskFindsOut|AFullDiskIsTold|CutShort|CheatsWithItsOwnKeys|FlatMemory|SlowClients|Soak' ./cmd/...

.PHONY: answers
answers: build ## The journeys of what schools send, from browser to office and back, and of archives
	node e2e/run.mjs whole loop respond marks returns people sending elsewhere archive download

.PHONY: portal
portal: build ## The other journeys in Chromium, the core ones in Firefox ESR; a sample of pages and states
	-scripts/need.sh firefox-esr # without it the journey in Firefox is left out, and says so
	node e2e/run.mjs home session disk alone search passkey offline host open compat sweep everypage

.PHONY: journeys
journeys: build ## Every journey, and no other tests
	npm run --silent journeys

.PHONY: browser
browser: build ## A small tree in Chromium: custody of keys, cheating hosts, offline
	npm run --silent test:browser

# ---- what takes hours, for before a release (with faults, hostile and bench) ----

.PHONY: long
long: everystate observatory lighthouse race fuzz successor ## Every state and page, two judges from outside, races, fuzzing

.PHONY: everystate
everystate: build ## Every page of every role and every state in every window, with its pictures: e2e/out/gallery
	DESPATCH_E2E=all node e2e/run.mjs everypage sweep

.PHONY: gallery
gallery: build ## The picture of every page and state at three widths: e2e/out/gallery/index.html
	node e2e/gallery.mjs

# Two judges from outside, pinned, in folders of their own: they bring many
# packages, which the product needs for nothing.
OBSERVATORY = @mdn/mdn-http-observatory@1.4.8
LIGHTHOUSE = lighthouse@12.8.2
NPM_TOOL = npm install --ignore-scripts --no-audit --no-fund --silent --no-save --prefix

.tools/observatory/node_modules/.package-lock.json:
	mkdir -p .tools/observatory && $(NPM_TOOL) .tools/observatory --omit=optional $(OBSERVATORY)

.tools/lighthouse/node_modules/.package-lock.json:
	mkdir -p .tools/lighthouse && $(NPM_TOOL) .tools/lighthouse $(LIGHTHOUSE)

.PHONY: observatory
observatory: build .tools/observatory/node_modules/.package-lock.json ## MDN's HTTP Observatory over pages and refusals as our servers send them: 135 or more
	scripts/need.sh openssl
	node e2e/observatory.mjs

.PHONY: lighthouse
lighthouse: build .tools/lighthouse/node_modules/.package-lock.json ## Lighthouse over public and sealed pages and refusals: accessibility and best practices 100
	node e2e/lighthouse.mjs

.PHONY: statement
statement: build ## Look at every page of every role and write the results that the accessibility statement is made of
	DESPATCH_E2E=all DESPATCH_STATEMENT=1 node --test e2e/everypage.test.mjs

.PHONY: race
race:
	scripts/need.sh gcc
	CGO_ENABLED=1 go test -race -timeout 30m ./records/... ./internal/... ./generator/... ./office/... ./layouts/... ./dropbox/...

.PHONY: fuzz
fuzz: ## Every fuzz target FUZZ_RUNS times
	@grep -rnoE --include='*_test.go' 'func Fuzz[A-Za-z0-9_]+' $$(go list -f '{{.Dir}}' ./...) | sort -u | while IFS= read -r line; do \
	  file=$${line%%:*}; target=$${line##*func }; \
	  echo "fuzz $$target in $${file#$(CURDIR)/}"; \
	  go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_RUNS) "$$(dirname "$$file")"; \
	done

# ---- what must hold, for longer than make test has time (docs/reliability.md) ----

# The number from which what is random is made: each run prints its own.
SEED ?= $(shell date +%s)

KILLS ?= 1000
CUTS ?= 130
POINTS ?= 1000
SEEDS ?= 20
LONG_TEST = go test -count 1 -v -timeout 60m

.PHONY: faults
faults: ## Random steps of time, power cuts, kills, failing calls, full disks, cut lines: 20 minutes or so
	scripts/need.sh strace mkfs.ext4 mkfs.xfs mkfs.btrfs
	@echo "seed $(SEED), commit $$(git rev-parse --short HEAD 2>/dev/null), $$(nproc) cores, load$$(uptime | sed 's/.*average//')"
	DESPATCH_SEED=$(SEED) DESPATCH_STEPS=5000000 $(LONG_TEST) -run 'NoVisitEndsBySilence|ABrokenRuleOfTime' ./records/visit | grep -v '^=== '
	DESPATCH_SEED=$(SEED) DESPATCH_DEPOSITS=60 DESPATCH_RACES=1000 $(LONG_TEST) -run 'PowerCut|BrokenTwins|EverySingle|ReadBack|OneOfSeveral|ByLooking|Histories|Fsync' ./dropbox/store | grep -v '^=== '
	DESPATCH_SEED=$(SEED) DESPATCH_DISKS=ext4,xfs,btrfs DESPATCH_PROMISES=300 DESPATCH_SENDERS=16 DESPATCH_CUTS=$(CUTS) $(LONG_TEST) -run 'PowerCutOfADisk|ADiskFindsOut|AFullDisk' ./cmd/despatchbox | grep -v '^=== '
	DESPATCH_KILLS=$(KILLS) DESPATCH_UPLOADERS=64 DESPATCH_UPLOAD_MIB=200 $(LONG_TEST) -run 'KilledBox|HundredKills' ./cmd/despatchbox | grep -v '^=== '
	$(LONG_TEST) -run 'FullDisk|CutOff|Crash' ./dropbox | grep -v '^=== '
	DESPATCH_POINTS=$(POINTS) $(LONG_TEST) -run 'CutShort|KilledAnywhere' ./cmd/despatch | grep -v '^=== '
	$(LONG_TEST) -run 'WhereverItEnds|Gap' ./dropbox/backup | grep -v '^=== '

# The load on a real disk. Figures are printed; no test fails on a clock.
SLOW ?= 5000
TURNS ?= 2000
LARGE_MIB ?= 2000
BENCH = go test -run '^$$' -benchtime 1x

.PHONY: load
load: ## 256 clients, 5,000 slow ones, a restart with 100,000 deposits, 2 GB through box and office, a soak: 15 minutes
	@echo "commit $$(git rev-parse --short HEAD 2>/dev/null), $$(nproc) cores, load$$(uptime | sed 's/.*average//')"
	$(BENCH) -bench Deposits ./dropbox
	$(BENCH) -bench Restart ./dropbox/store
	DESPATCH_SLOW=$(SLOW) DESPATCH_CLIENTS=256 DESPATCH_EACH=12 DESPATCH_ROUNDS=3 DESPATCH_TURNS=$(TURNS) $(LONG_TEST) -run 'SlowClients|Soak' ./cmd/despatchbox | grep -v '^=== '
	DESPATCH_LARGE_MIB=$(LARGE_MIB) $(LONG_TEST) -run 'ALargeFile' ./cmd/despatch | grep -v '^=== '
	$(LONG_TEST) -run 'Quotas|RoomForUploads|Throttle|SchoolsBehindOneAddress' ./dropbox | grep -v '^=== '

.PHONY: hostile
hostile: ## Every changed byte of every kind of file of a box, every route for every role, planted names: minutes
	DESPATCH_SEEDS=$(SEEDS) $(LONG_TEST) -run 'Cheats|TrustsWhatIsSigned|NotTheOneItSaw|WhatIsNotAsItShouldBe' ./cmd/despatch | grep -v '^=== '
	DESPATCH_STRIDE=1 $(LONG_TEST) -run 'EveryChangedByte' ./cmd/despatchbox | grep -v '^=== '
	$(LONG_TEST) -run 'HoldsToItsRule|SingleByteChange|Refused|HoldsNoNames|Portal|Vectors' ./dropbox | grep -v '^=== '
	$(LONG_TEST) -run 'Planted|EachPersonOpens' ./generator | grep -v '^=== '

.PHONY: deadcode
deadcode:
	@dead=$$($(TOOL) deadcode -test ./...); if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

.PHONY: vulnerabilities
vulnerabilities:
	@if [ -f "$(VULNDB)" ]; then \
	  mkdir -p .tools/vulndb && tar -xzf "$(VULNDB)" -C .tools/vulndb && \
	  db=$$(find $(CURDIR)/.tools/vulndb -maxdepth 3 -type d -name osv | head -n 1) && \
	  $(TOOL) govulncheck -db "file://$$db" ./...; \
	else echo "govulncheck: left out, there is no database at $(VULNDB) (VULNDB=FILE names another)"; fi

.PHONY: windows
windows:
	GOOS=windows go vet ./...

.PHONY: tidy
tidy:
	go mod tidy -diff

# gopkg.in/yaml.v3 is no longer maintained. This keeps the way to its successor
# open: the same tests pass with it in its place.
SUCCESSOR = gopkg.in/yaml.v3=go.yaml.in/yaml/v3@v3.0.6

.PHONY: successor
successor:
	cp go.mod .tools/successor.mod
	cp go.sum .tools/successor.sum
	go mod edit -replace=$(SUCCESSOR) .tools/successor.mod
	go test -modfile=.tools/successor.mod -mod=mod ./internal/strictyaml/... ./generator/source/... ./office/...

# ---- speed ----

.PHONY: bench
bench: assets ## Compare the build with Hugo and with the floor (RIG names the rig)
	generator/bench/run.sh

.PHONY: bench-browser
bench-browser: build ## First load, next page, unlocking in Chromium, against plain HTML from the same server
	node e2e/bench.mjs

.PHONY: clean
clean: ## Remove what make made, but not the demonstration
	rm -rf -- bin .tools node_modules e2e/out
	find layouts/dist -mindepth 1 -not -name .placeholder -delete
