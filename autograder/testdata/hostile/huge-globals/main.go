package main

var huge [1 << 40]byte

func main() {
	huge[1<<39] = 1
	println(huge[0])
}
