# Each target hands over to the launcher, which makes .venv and installs what is missing: `portal/launch`.
#
#   make run                              start the portal; settings come from the environment and .env
#   make test ARGS="tests/sync -k relink"  words for pytest; without them, everything

PYTHON ?= python3
LAUNCH = exec $(PYTHON) -m portal.launch

.PHONY: run setup test demo requirements format

run:
	@$(LAUNCH) run

setup:
	@$(LAUNCH) setup

test:
	@$(LAUNCH) test $(ARGS)

demo:
	@$(LAUNCH) demo $(ARGS)

requirements:
	@$(LAUNCH) requirements $(ARGS)

format:
	@$(LAUNCH) format
