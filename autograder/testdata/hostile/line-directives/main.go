package main

func main() { confess() }

//line /etc/passwd:1
var _ = undefined
