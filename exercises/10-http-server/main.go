// Command 10-http-server is yours to write: README.md says what it has to do.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	directory := flag.String("directory", filepath.Join(os.TempDir(), "files"), "the folder of /files/")
	flag.Parse()
	// TODO, step by step:
	//
	//  1. Listen on TCP port 4221 and serve each connection in a goroutine of its own, as in exercise 3.
	//  2. Read one request: lines up to the empty one. Split the first into method, target and version, and each of the
	//     others at its colon. Keep the headers by their names in lower case.
	//  3. Answer GET / with "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", and everything else with 404.
	//  4. Put 2 and 3 into a loop. The reader must outlive the request: it may hold the beginning of the next one already.
	//  5. Add /echo/ and /user-agent, then bodies and /files/ below *directory, which may not exist yet.
	//  6. Refuse what has to be refused, and then end the connection in order.
	//  7. Set the limits: on the header block, on the body, and on the time that each of them may take.
	fmt.Fprintf(os.Stderr, "TODO: write the server of %s in exercises/10-http-server/main.go; begin with net.Listen(\"tcp\", \":4221\")\n", *directory)
	os.Exit(1)
}
