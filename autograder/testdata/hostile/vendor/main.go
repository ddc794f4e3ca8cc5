package main

import "example.com/evil"

func main() { evil.Win() }
