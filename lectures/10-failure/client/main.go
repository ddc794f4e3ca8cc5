// Command client asks the server of this lecture one line, and puts up with its failures: every wait has a limit, and what fails
// is tried again, less and less often, until the time for all of it together is over.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

const (
	// maxLine is the longest answer that is read, in bytes.
	maxLine = 64 << 10
	// firstPause and longestPause bound the pauses between two tries.
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

func main() {
	log.SetFlags(0)
	each := flag.Duration("each", 2*time.Second, "how long one try may take")
	all := flag.Duration("all", 10*time.Second, "how long all of them may take together, with the pauses between them")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("say which line to send: go run ./lectures/10-failure/client hello")
	}
	answer, err := askAgain(flag.Arg(0), *each, time.Now().Add(*all))
	if err != nil {
		log.Fatal("given up: ", err)
	}
	fmt.Println(answer)
}

//region askAgain

// askAgain asks until there is an answer, or until no try would fit in before the end. It may be used only for what does no harm
// when the server is asked twice: an answer that was lost does not say whether the question was.
func askAgain(question string, each time.Duration, end time.Time) (string, error) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		deadline := time.Now().Add(each)
		if deadline.After(end) {
			deadline = end
		}
		answer, err := ask(question, deadline)
		if err == nil {
			return answer, nil
		}
		// Half of the pause is left to chance: clients that have failed together must not come back together.
		wait := pause/2 + rand.N(pause/2)
		if time.Now().Add(wait).After(end) {
			return "", err
		}
		log.Printf("%v; trying again soon", err)
		time.Sleep(wait)
	}
}

//endregion askAgain

//region ask

// ask holds one conversation, which is over at the deadline, whatever it hangs on.
func ask(question string, deadline time.Time) (string, error) {
	dialer := net.Dialer{Deadline: deadline}
	conn, err := dialer.Dial("tcp", "127.0.0.1:2010")
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, question+"\n"); err != nil {
		return "", err
	}
	line, err := bufio.NewReaderSize(conn, maxLine).ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("the answer is not complete: %w", err)
	}
	return strings.TrimSuffix(string(line), "\n"), nil
}

//endregion ask
