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
GOTEST := $(if $(RACE),CGO_ENABLED=1 )$(GO) test $(RACE) -vet=off -timeout 30m

# Linters come from a module of their own, which keeps their dependencies out of go.mod.
TOOL := $(GO) tool -modfile=tools/go.mod

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start the demo on http://127.0.0.1:8080
	./bin/aitrader demo

.PHONY: build
build: ## build bin/aitrader
	$(GO) build $(FLAGS) -o bin/aitrader ./cmd/aitrader

.PHONY: image
image: build ## build the container image aitrader
	@mkdir -p bin/data
	docker build -t aitrader .

.PHONY: test
test: ## run all tests, with the race detector where a C compiler is found
	@$(if $(RACE),echo "tests run with the race detector",echo "no C compiler is found: tests run WITHOUT the race detector")
	$(GOTEST) ./...

.PHONY: test-long
test-long: ## run all tests with all their rounds: more kills, more random cases (minutes)
	AITRADER_TEST_LONG=1 $(GOTEST) ./...

.PHONY: test-stack
test-stack: ## run the tests that need an emulated AWS, which is installed in the cache folder
	scripts/asl-validator.sh
	scripts/with-emulator.sh $(GO) test ./internal/aws/dynamo -rapid.checks=25
	scripts/with-emulator.sh $(GO) test ./functions -count=1 -run '^TestMachine' -v
	$(MAKE) --no-print-directory sam-local

.PHONY: sam-local
sam-local: ## run every function in SAM CLI's containers; Docker and SAM CLI are installed where they are missing
	scripts/sam-local.sh $(GO) test ./functions -count=1 -run '^TestSAMLocal$$' -v

.PHONY: page-check
page-check: ## check the page's types and style and run its unit tests, with Node.js; the tools go to the cache folder
	scripts/page-check.sh

.PHONY: test-page
test-page: page-check ## try the page in a real browser, which is installed where it is missing; pictures go to bin/screenshots
	scripts/with-browser.sh env AITRADER_SCREENSHOTS=$(CURDIR)/bin/screenshots $(GO) test ./internal/web -count=1 -v

.PHONY: validate-docker
validate-docker: build ## build the image and run it, as a service and for one job; Docker is installed where it is missing
	scripts/validate_docker.sh

.PHONY: localstack-up
localstack-up: ## deploy the template into LocalStack and try every route of it; needs Docker and its images
	scripts/localstack-up.sh $(GO) test ./functions -count=1 -run '^TestLocalStack$$' -v

.PHONY: smoke
smoke: build ## try every route of a running service: make smoke ENDPOINT=URL, its key in AITRADER_API_KEY
	./bin/aitrader --endpoint "$(or $(ENDPOINT),$(error ENDPOINT=URL is expected))" smoke

.PHONY: check
check: ## check the format, vet, lint, look for known vulnerabilities, check that go.mod is tidy
	@unformatted="$$(gofmt -l cmd functions internal)"; if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) golangci-lint run
	GO=$(GO) scripts/govulncheck.sh ./...
	$(GO) mod tidy -diff
	$(GO) -C tools mod tidy -diff

.PHONY: cover
cover: ## coverage of each package, by all tests
	@$(GO) test -vet=off -timeout 30m -coverpkg=./... -coverprofile=coverage.out ./... >coverage.log || { cat coverage.log; exit 1; }
	@$(GO) run ./internal/cmd/coverage coverage.out

.PHONY: bench
bench: ## the benchmarks whose figures are in docs/performance.md
	$(GO) test -run '^$$' -bench . -benchtime 3x ./internal/trader ./cmd/aitrader
	$(GO) test -run '^$$' -bench LargeJob -benchtime 100x ./internal/httpapi
	$(GO) test -run '^$$' -bench ColdStart -benchtime 20x ./functions
	@echo; echo "what a model-day is made of: the session, its tools, the store"
	$(GO) test -run '^$$' -bench ModelDay -benchmem ./internal/agent ./internal/mcptool ./internal/sqlite

# The functions, as sam build wants them (BuildMethod: makefile), for arm64 as in
# the template, or: ARCHITECTURE=x86_64 sam build
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
clean: ## remove what was built
	rm -rf bin .aws-sam coverage.out coverage.log
