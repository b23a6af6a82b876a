# kalamsql: two commands are enough, `make run` and `make test`.
GO      ?= go
BIN     := bin/kalamsql
VERSION ?= 0.1.0-dev
export CGO_ENABLED := 0

# Statements with PostgreSQL's verdict, compared beside those of sql/parser/testdata.
STATEMENTS ?= $(wildcard ../shared/corpus/statements.jsonl)

.PHONY: help build run test race lint oracle bench compat differ slt histories live kill soak fuzz golden clean deps

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/kalamsql
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o $(BIN) ./cmd/kalamsql

run: build ## build and start the server on its embedded default
	./$(BIN) serve

deps: ## install what the tests need (PostgreSQL, Chromium, Node.js) on Debian
	@.ci/test-deps

test: deps build ## run all tests
	$(GO) vet ./...
	$(GO) test -count=1 -timeout 20m ./...
	cd web && node --test

race: ## run the tests of the concurrent rooms under the race detector
	CGO_ENABLED=1 $(GO) test -race -tags invariants -count=1 -timeout 30m ./storage/... ./tables/... ./live/... ./exec/... ./pgwire/...

lint: ## formatting, vet, and the rules of the house
	@test -z "$$(gofmt -l . )" || { gofmt -l .; echo "gofmt would change these files"; exit 1; }
	$(GO) vet ./...
	$(GO) test -count=1 -run 'TestFloorPlan|TestHouse' ./cmd/internal/house

oracle: deps ## compare the parser with PostgreSQL's own (needs a C compiler): agreement, misreads
	cd sql/parser/oracle && CGO_ENABLED=1 $(GO) run . -mutations 20000 $(abspath $(filter-out %/own.sql,$(wildcard sql/parser/testdata/statements/*.sql)) $(STATEMENTS))

bench: build ## figures beside PostgreSQL, in one run
	$(GO) run ./bench/compare

compat: build ## run drivers' own test suites here and on PostgreSQL, and compare
	$(GO) run ./bench/compat

differ: build ## run generated queries here and on PostgreSQL, and compare; FOR=1h for longer
	$(GO) run ./bench/differ -for $(or $(FOR),1m)

slt: build ## sqllogictest scripts; CORPUS=folder for another set
	$(GO) test -count=1 -run TestScripts ./sqllogictest -corpus "$(abspath $(CORPUS))"

histories: ## check random concurrent histories for the isolation they were promised; FOR=10m for longer
	$(GO) test -count=1 -timeout 24h -run TestHistories ./cmd/internal/history -v -for $(or $(FOR),1m)

live: ## check live queries over random histories against SELECT; FOR=10m for longer, FIRST=n to begin with another seed
	$(GO) test -count=1 -timeout 240h -run TestModel ./cmd/internal/livemodel -v -first $(or $(FIRST),0) -for $(or $(FOR),1m)
	$(GO) test -count=1 -timeout 240h -run TestModel ./live/circuit -first $(or $(FIRST),0) -seeds $(or $(SEEDS),20000)

kill: ## kill -9 the server under mixed load, again and again; ROUNDS=1000 for more
	$(GO) test -count=1 -timeout 24h -run TestKillUnderMixedLoad ./cmd/internal/e2e -v -kill-rounds $(or $(ROUNDS),200)

soak: build ## watch memory and goroutines under a full mixed load; FOR=30m for longer
	$(GO) run ./bench/soak -for $(or $(FOR),3m)

fuzz: ## a minute on each fuzz target
	@for t in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$t/*_test.go | sed 's/func //'); do \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$t || exit 1; done; done

golden: ## rewrite golden files: expressions and protocol scripts as PostgreSQL answers them (KALAMSQL_ORACLE=host:port/db)
	$(GO) test ./sql/expr ./sql/parser -rewrite
	$(GO) test ./pgwire -run Golden -record

clean: ## remove what was built
	rm -rf bin dist
