// Command 07-processes is yours to write: README.md says what it has to do.
package main

import (
	"fmt"
	"os"
)

func main() {
	// TODO, step by step:
	//
	//  1. Two parts in one program: with the argument "talk" in os.Args it is a child, without it the parent.
	//  2. The parent listens on port 3490 and accepts, as your receptionists did. It talks to nobody.
	//  3. For each client it starts a child: exec.Command(program, "talk"), where os.Executable says what program is. The
	//     File method of the connection gives a descriptor that can be handed over, in the child's ExtraFiles.
	//  4. Then the parent closes what is not its own any more: the file, and the connection. On every way, errors included.
	//  5. Wait for each child, so that it does not stay as a zombie; but let the next client not wait for that.
	//  6. The child: the first of the ExtraFiles is its descriptor 3. os.NewFile and net.FileConn make a connection of it.
	//     Then comes the session of exercise 4, and the child ends.
	fmt.Fprintln(os.Stderr, "TODO: write the server in exercises/07-processes/main.go; begin with the session of exercise 4, as the child")
	os.Exit(1)
}
