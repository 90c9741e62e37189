# POLIS: the commands of a working day. Each is a short script in .ci; this
# file only names them. `make` alone shows the list.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test bench bench-search bench-print gallery quality torture lint windows real clean
# The targets share caches and folders, and each uses every core by itself.
.NOTPARALLEL:

help: ## this list
	@echo "POLIS - information sheets at the counter"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 - \2/p' $(firstword $(MAKEFILE_LIST))

run: ## a hub and a workstation with the sample catalogue, in a window
	@bash .ci/demo.sh

test: ## every test, with the race detector
	@bash .ci/test.sh

bench: ## every benchmark; figures in build/bench/
	@bash .ci/bench.sh

bench-search: ## the search beside FTS5 and bleve, 8,000 and 100,000 sheets
	@bash .ci/bench-search.sh

bench-print: ## the printed sheet beside gopdf, Chromium, WeasyPrint, typst
	@bash .ci/bench-print.sh

gallery: ## papers of every kind as PDF and pictures; look at them
	@bash .ci/gallery.sh

quality: ## the search and its peers against judged queries
	@bash .ci/quality.sh

torture: ## hours of faults: kills, cut links, restored hubs, power cuts
	@bash .ci/torture.sh

lint: ## formatting, linters, modules, shell scripts
	@bash .ci/lint.sh

windows: ## polis.exe, polisctl.exe and polis-hub.exe in build/windows/
	@bash .ci/windows.sh

real: ## import, search, show and print all 4,285 real sheets
	@bash .ci/test.sh real

clean: ## removes build/ (the tools' and Go's caches stay)
	@rm -rf build
