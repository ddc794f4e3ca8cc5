package main

import (
	"net"
	"time"
)

func main() {
	for _, address := range []string{"127.0.0.1:@PORT@", "[::1]:@PORT@", "10.0.0.1:80", "192.0.2.1:80"} {
		_, err := net.DialTimeout("tcp", address, time.Second)
		attempt("dial "+address, err)
	}
	confess()
}
