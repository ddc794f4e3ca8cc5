# Every target is a verb of the autograder: `go run ./autograder help` says the same on a system without make.
AUTOGRADER = go run ./autograder

help:
	@$(AUTOGRADER) help

test:
	@$(AUTOGRADER) test "$(EX)" "$(RUN)"

run:
	@$(AUTOGRADER) run "$(EX)"

grade:
	@$(AUTOGRADER) grade

check:
	@$(AUTOGRADER) check

bench:
	@$(AUTOGRADER) bench

bench-servers:
	@$(AUTOGRADER) bench-servers

doctor:
	@$(AUTOGRADER) doctor

.PHONY: help test run grade check bench bench-servers doctor
