// Command caller connects to the server four-values twice, and prints the four values of each connection as its two ends see
// them.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

//region run

// run keeps both connections open until the end: they exist side by side.
func run() error {
	for i := 1; i <= 2; i++ {
		conn, err := net.Dial("tcp", "127.0.0.1:2002")
		if err != nil {
			return err
		}
		defer conn.Close()
		fmt.Printf("%d, seen from here:  local %v, remote %v\n", i, conn.LocalAddr(), conn.RemoteAddr())
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			return err
		}
		fmt.Printf("%d, seen from there: %s", i, line)
	}
	return nil
}

//endregion run
