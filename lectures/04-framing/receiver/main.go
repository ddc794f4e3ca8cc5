// Command receiver tells each client what every single Read has returned of what the client sent.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"time"
)

// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	size := flag.Int("buffer", 1024, "the most that one Read may return, in bytes")
	pause := flag.Duration("pause", 0, "how long the receiver is busy with other things before each Read")
	flag.Parse()
	if *size < 1 {
		log.Fatalf("-buffer %d: a Read needs room for one byte at least", *size)
	}
	receptionist, err := net.Listen("tcp", "127.0.0.1:2004")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", receptionist.Addr())
	for {
		conn, err := receptionist.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		if err := report(conn, *size, *pause); err != nil {
			log.Print(err)
		}
	}
}

//region report

// report reads until the end of the stream, and answers each Read with what it returned.
func report(conn net.Conn, size int, pause time.Duration) error {
	defer conn.Close()
	buffer := make([]byte, size)
	for {
		time.Sleep(pause)
		n, err := conn.Read(buffer)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(conn, "a Read of %d bytes: %q\n", n, buffer[:n]); err != nil {
			return err
		}
	}
}

//endregion report
