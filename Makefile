# Builds, tests and checks. `make help` lists the targets.

GO      ?= go
FLAGS   := -ldflags "-s -w"

# All builds share these, so that the build cache holds a package once, or twice with
# the race detector. Programs are static.
export GOFLAGS     := $(strip $(shell $(GO) env GOFLAGS 2>/dev/null) -trimpath)
export CGO_ENABLED := 0

# The race detector needs a C compiler. Without one, the tests run without it and say so.
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null)
RACE     := $(if $(CC_FOUND),-race,)

# `make check` vets, so the tests need not. The go command caches results by flags, so
# `make test` and `make test-long` share them: after one, the other runs only the
# packages that read AITRADER_TEST_LONG.
#
# Many tests wait for a process or a time-out, so twice as many packages are tested at a
# time as there are processors.
PACKAGES := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))))

# The race detector leaves out SQLite and the C library under it, which are C translated
# to Go: they are not ours to mend, they hold no generic code that other packages could
# share, and without them the tests of the store run eight times as fast. All that calls
# them is watched.
TRANSLATED := modernc.org/sqlite/lib modernc.org/libc modernc.org/memory
RACE_FLAGS := $(if $(RACE),$(RACE) $(TRANSLATED:%='-gcflags=%=-race=false'))
GOTEST     := $(if $(RACE),CGO_ENABLED=1 )$(GO) test $(RACE_FLAGS) -vet=off -timeout 30m -p $(PACKAGES)

# Linters come from a module of their own, which keeps their dependencies out of go.mod.
TOOL := $(GO) tool -modfile=tools/go.mod

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## serve the demo on http://127.0.0.1:8080
	./bin/aitrader demo

.PHONY: build
build: ## build bin/aitrader
	$(GO) build $(FLAGS) -o bin/aitrader ./cmd/aitrader

.PHONY: image
image: build ## build the container image aitrader
	@mkdir -p bin/data
	docker build -t aitrader .

# The tests build the programs, several at once. Their packages are compiled before, or
# each build would compile them.
.PHONY: packages
packages:
	@$(GO) list -export -deps ./cmd/... ./functions/... >/dev/null

.PHONY: test
test: packages ## run all tests, with the race detector if there is a C compiler
	@echo "the race detector is $(if $(RACE),on,OFF: there is no C compiler)"
	$(GOTEST) ./...

.PHONY: test-long
test-long: packages ## run all tests with all their rounds: more kills, more random cases
	AITRADER_TEST_LONG=1 $(GOTEST) ./...

.PHONY: simulate
simulate: ## simulate the service with 10,000 seeds; one of them with its trace: make simulate SEED=N
	$(GO) test ./internal/simulate -count=1 -vet=off -timeout 120m -v -run '^TestSimulation$$' -args \
		$(if $(SEED),-seed $(SEED),-seeds $(or $(SEEDS),10000))

.PHONY: simulate-faults
simulate-faults: ## plant faults in the protocol, and let the simulation find each
	$(GO) test ./internal/simulate -count=1 -vet=off -timeout 60m -v -run '^TestPlantedFaultsAreFound$$' -args -faults

.PHONY: test-stack
test-stack: ## run the tests against an emulated AWS; installs it in the cache folder
	scripts/asl-validator.sh
	scripts/with-emulator.sh $(GO) test ./internal/aws/dynamo -rapid.checks=25
	scripts/with-emulator.sh $(GO) test ./functions -count=1 -run '^TestMachine' -v
	$(MAKE) --no-print-directory schemathesis sam-local

.PHONY: schemathesis
schemathesis: build ## compare a running service with its OpenAPI document; installs schemathesis in the cache folder
	scripts/schemathesis.sh bin/aitrader

.PHONY: sam-local
sam-local: ## run every function in the containers of SAM CLI; installs it, and Docker, if missing
	scripts/sam-local.sh $(GO) test ./functions -count=1 -run '^TestSAMLocal$$' -v

.PHONY: page-check
page-check: ## check the types and style of the page, and run its unit tests; needs Node.js
	scripts/page-check.sh

.PHONY: test-page
test-page: page-check ## test the page in Chromium, with screenshots in bin/screenshots; installs Chromium if missing
	scripts/with-browser.sh env AITRADER_SCREENSHOTS=$(CURDIR)/bin/screenshots $(GO) test ./internal/web -count=1 -v

.PHONY: validate-docker
validate-docker: build ## build the image, run a job and the service in it; installs Docker if missing
	scripts/validate_docker.sh

.PHONY: localstack-up
localstack-up: ## deploy to LocalStack and call every route; needs Docker, and the images from the network
	scripts/localstack-up.sh $(GO) test ./functions -count=1 -run '^TestLocalStack$$' -v

.PHONY: smoke
smoke: build ## call every route of a running service: make smoke ENDPOINT=URL; reads AITRADER_API_KEY
	./bin/aitrader --endpoint "$(or $(ENDPOINT),$(error ENDPOINT=URL is expected))" smoke

.PHONY: check
check: ## check format, vet, lint, known vulnerabilities, and that go.mod is tidy
	@files="$$(gofmt -l cmd functions internal)"; [ -z "$$files" ] || { echo "run gofmt -w on:"; echo "$$files"; exit 1; }
	$(GO) vet ./...
	$(TOOL) golangci-lint run
	GO=$(GO) scripts/govulncheck.sh ./...
	$(GO) mod tidy -diff
	$(GO) -C tools mod tidy -diff

.PHONY: cover
cover: ## measure the coverage of each package; fails below its minimum
	@$(GO) test -vet=off -timeout 30m -coverpkg=./... -coverprofile=coverage.out ./... >coverage.log || \
		{ cat coverage.log; exit 1; }
	@$(GO) run ./internal/cmd/coverage coverage.out

.PHONY: bench
bench: ## run the benchmarks of docs/performance.md
	$(GO) test -run '^$$' -bench . -benchtime 3x ./internal/trader ./cmd/aitrader
	$(GO) test -run '^$$' -bench LargeJob -benchtime 100x ./internal/httpapi
	$(GO) test -run '^$$' -bench ColdStart -benchtime 20x ./functions
	@echo; echo "what a request takes: the median of four clients, and what the handler allocates"
	$(GO) test -run '^$$' -bench 'Latency|Request' -benchtime 1000x ./internal/app/local
	@echo; echo "the parts of a model-day: session, tools, store"
	$(GO) test -run '^$$' -bench ModelDay -benchmem ./internal/agent ./internal/mcptool ./internal/sqlite

# The targets of `sam build` (BuildMethod: makefile in template.yaml). They build for
# arm64; for Intel: ARCHITECTURE=x86_64 sam build
GOARCH_OF_FUNCTIONS ?= $(if $(filter x86_64,$(ARCHITECTURE)),amd64,arm64)
FUNCTION_FLAGS      := -ldflags "-s -w" -tags lambda.norpc

define function
.PHONY: build-$(1)
build-$(1):
	GOOS=linux GOARCH=$$(GOARCH_OF_FUNCTIONS) $$(GO) build $$(FUNCTION_FLAGS) -o $$(ARTIFACTS_DIR)/bootstrap ./functions/$(2)
endef
$(eval $(call function,TriggerFunction,trigger))
$(eval $(call function,StatusFunction,status))
$(eval $(call function,ResultsFunction,results))
$(eval $(call function,NextDateFunction,nextdate))
$(eval $(call function,ModelDayFunction,modelday))

.PHONY: clean
clean: ## remove everything that was built
	rm -rf bin .aws-sam coverage.out coverage.log
