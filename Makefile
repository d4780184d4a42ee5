# One command per purpose; each installs what it needs first.
SHELL := /bin/bash
RUN := .ci/uv-run

.PHONY: demo test check bench format screenshot help

help:  ## show the commands
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*## /\t/' | expand -t 14

demo:  ## the whole product on this machine: open the link that it prints
	@.ci/install demo
	@$(RUN) ops-monitor demo $(ARGS)

test: check  ## everything, with real backends and a browser
	@.ci/install test
	@$(RUN) pytest tests/scenarios tests/contract -q -n 5 --dist loadfile --no-loadscope-reorder

check:  ## format, lint, types, import contracts, house rules, unit tests
	@.ci/install check
	@.ci/check

bench:  ## every benchmark in its quick form; DATA=DIR names public incident data for bench.diagnosis
	@.ci/install test
	@for b in intake card storm startup policy approval crash handoffs cron report slo lifecycle paging leaks tokens injection scale detection; do \
		$(RUN) python -m bench.$$b --quick --json || exit 1; done
	@$(RUN) python -m bench.diagnosis --quick --json $(if $(DATA),--data $(DATA))

format:  ## put the code in order
	@$(RUN) ruff format . && $(RUN) ruff check --fix .

screenshot:  ## draw docs/pictures anew from the running demo
	@.ci/install test
	@$(RUN) python -m demo.pictures docs/pictures
