package main

func main() { confess() }
