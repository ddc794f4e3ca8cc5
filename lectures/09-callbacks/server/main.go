//go:build unix

// Command server is a coffee shop. Each line is answered, and the line "coffee" brings a buzzer, which buzzes when the coffee
// is ready. Nothing in it reads, and nothing waits: its functions are called back by an event loop.
package main

import (
	"fmt"
	"log"
	"strings"
	"time"

	"tcplab/lectures/09-callbacks/loop"
)

const (
	port = 9907
	// brewing is how long a coffee takes.
	brewing = 2 * time.Second
)

//region main

func main() {
	l := loop.New()
	address, err := l.Listen(port, func(conn *loop.Conn) { welcome(l, conn) })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", address)
	log.Fatal(l.Run())
}

//endregion main

//region welcome

// guest is what has to be remembered of a client between two events.
type guest struct {
	loop   *loop.Loop
	conn   *loop.Conn
	coffee *loop.Timer // nil when none is on order
	ended  bool        // the guest will order nothing more
}

// welcome says who is to be called when something happens to the new client, and returns.
func welcome(l *loop.Loop, conn *loop.Conn) {
	g := &guest{loop: l, conn: conn}
	conn.OnLine(g.line)
	conn.OnEnd(g.end)
	conn.OnError(func(err error) { log.Printf("%v: %v", conn, err) })
	conn.OnClose(g.cancel)
	conn.Write("HELLO\n")
}

//endregion welcome

//region line

// line is called when a line has come.
func (g *guest) line(line string) {
	switch line {
	case "coffee":
		g.order()
	case "grind":
		time.Sleep(brewing) // a mistake, on purpose: nobody else is called meanwhile
		g.conn.Write("> YOUR BEANS ARE GROUND\n")
	default:
		g.conn.Write("> " + strings.ToUpper(line) + "\n")
	}
}

//endregion line

//region order

// order starts a coffee and returns. The loop calls the function that it leaves with After when the coffee is ready.
func (g *guest) order() {
	if g.coffee != nil {
		g.conn.Write("> ONE AT A TIME\n") // what is on order is remembered, so there has to be a bound
		return
	}
	g.conn.Write("> TAKE A BUZZER\n")
	g.coffee = g.loop.After(brewing, func() {
		g.coffee = nil
		g.conn.Write("BUZZ! YOUR COFFEE\n")
		g.closeIfServed()
	})
}

// end is called when the client has closed its sending side. It may still be owed a coffee.
func (g *guest) end() {
	g.ended = true
	g.closeIfServed()
}

func (g *guest) closeIfServed() {
	if g.ended && g.coffee == nil {
		g.conn.Close()
	}
}

// cancel is called when the connection is over: the buzzer of a guest who has left must not buzz.
func (g *guest) cancel() {
	if g.coffee != nil {
		g.coffee.Stop()
	}
}

//endregion order
