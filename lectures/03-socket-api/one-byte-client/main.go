// Command one-byte-client is the smallest client that talks: it sends one byte to the one-byte server and prints the byte that
// comes back.
package main

import (
	"fmt"
	"log"
	"net"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err) // on standard error, with exit status 1
	}
}

//region run

// run connects, talks and closes.
func run() error {
	conn, err := net.Dial("tcp", "localhost:2000") // create and connect in one call
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		return err
	}
	one := make([]byte, 1)
	if _, err := conn.Read(one); err != nil {
		return err // the server has closed the connection without an answer
	}
	fmt.Printf("sent x, received %c\n", one[0])
	return nil
}

//endregion run
