// Command one-byte-server is the smallest server that talks: it reads one byte from each client and answers with one byte, the
// same letter in upper case.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net"
	"time"
)

// acceptPause is the wait after a failed Accept: what makes it fail, such as too many open files, passes by itself.
const acceptPause = 10 * time.Millisecond

func main() {
	//region listen
	receptionist, err := net.Listen("tcp", "127.0.0.1:2000") // create, bind and listen in one call
	if err != nil {
		log.Fatal(err)
	}
	//endregion listen
	fmt.Println("listening on", receptionist.Addr())
	//region accept
	for {
		conn, err := receptionist.Accept() // waits for a client, and returns a second socket
		if err != nil {
			log.Print(err)
			time.Sleep(acceptPause)
			continue
		}
		if err := talk(conn); err != nil {
			log.Print(err) // one client's trouble is no reason to refuse the next
		}
	}
	//endregion accept
}

//region talk

// talk reads one byte, writes one byte, and closes the connection.
func talk(conn net.Conn) error {
	defer conn.Close()
	one := make([]byte, 1)
	if _, err := conn.Read(one); err != nil {
		return err // the client has left, or the connection was reset
	}
	_, err := conn.Write(bytes.ToUpper(one))
	return err
}

//endregion talk
