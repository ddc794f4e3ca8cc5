// Command adder is a server with the smallest protocol that has it all: types of messages, their syntax, and what to do when
// one has come. It adds numbers.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
)

const address = "127.0.0.1:2100"

func main() {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", address)
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("a client has come")
		converse(conn)
		fmt.Println("the client has left")
	}
}

// longest is how long a request may be, in bytes: whoever sends more is no client of ours.
const longest = 1000

// converse answers one client's requests until it leaves.
func converse(conn net.Conn) {
	defer conn.Close()
	requests := bufio.NewScanner(conn)
	requests.Buffer(nil, longest)
	for requests.Scan() {
		if _, err := io.WriteString(conn, answer(requests.Text())+"\n"); err != nil {
			return
		}
	}
}

//region answer

// answer does what the protocol says about a request, and returns the response.
func answer(request string) string {
	words := strings.Fields(request)
	if len(words) != 3 || words[0] != "ADD" {
		return "ERROR I know only ADD and two numbers"
	}
	a, errA := strconv.Atoi(words[1])
	b, errB := strconv.Atoi(words[2])
	if errA != nil || errB != nil {
		return "ERROR these are no numbers"
	}
	return "SUM " + strconv.Itoa(a+b)
}

//endregion answer
