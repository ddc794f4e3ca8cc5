# Every target is a verb of the autograder: `go run ./autograder help` says the same on a system without make.
AUTOGRADER = go run ./autograder

help:
	@$(AUTOGRADER) help

test:
	@$(AUTOGRADER) test "$(EX)" "$(RUN)"

run:
	@$(AUTOGRADER) run "$(EX)"

quiz:
	@$(AUTOGRADER) quiz "$(LECTURE)"

measure:
	@$(AUTOGRADER) measure "$(LECTURE)"

grade:
	@$(AUTOGRADER) grade

check:
	@$(AUTOGRADER) check

bench:
	@$(AUTOGRADER) bench

doctor:
	@$(AUTOGRADER) doctor

.PHONY: help test run quiz measure grade check bench doctor
