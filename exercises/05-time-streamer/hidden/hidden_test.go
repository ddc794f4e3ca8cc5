// Package hidden holds the tests that grade exercise 5.
//
// The time is part of this protocol, and yet no verdict may depend on how busy the machine is. So nothing here asks a line to
// come soon. What holds on every machine is a bound from below: line k, counted from 0, is neither stamped nor sent before k
// intervals have passed since its client began to connect. From line to line there is no such bound: where the one before was
// late, a ticker sends the next as soon as it is due. That a line comes at all is asked with an interval of an hour, or is
// for the lab to judge, which waits until the program can be seen to rest.
//
//lab:port 2205
//lab:kind server
package hidden

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// slack is what a time may be early: clocks are read in ticks of some milliseconds, and fractions are cut off.
const slack = 20 * time.Millisecond

// form is what a line looks like. There may be no fraction, since some programs leave out zeros at its end.
var form = regexp.MustCompile(`^\{ *"time" *: *"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.([0-9]+))?(?:Z|\+00:00))" *\}$`)

// timeOf reads the time in a line, and how many digits its fraction has.
func timeOf(line string) (stamp time.Time, digits int, err error) {
	parts := form.FindStringSubmatch(line)
	if parts == nil {
		return time.Time{}, 0, errors.New(`it is not of the form {"time":"2026-03-01T09:30:00.123456789Z"}`)
	}
	stamp, err = time.Parse(time.RFC3339Nano, parts[1])
	return stamp, len(parts[2]), err
}

// thinking is the pause of a client that does nothing for a while.
const thinking = 1500 * time.Millisecond

// anything finds nothing wrong with a line, for tests that ask only whether it comes.
func anything(string) error { return nil }

// wantAllDue wants lines that are all due by now.
func wantAllDue(client *lab.Conn, lines int) {
	giveUp := time.Now().Add(time.Minute) // a right program needs a second, and one that waits in between, for ever
	for range lines {
		client.WantLine(func(string) error {
			if time.Now().After(giveUp) {
				return errors.New("lines that are due at once take more than a minute to come")
			}
			return nil
		})
	}
}

// stream is a client that compares its lines with the clock. Its interval is longer than any moment for which a machine stands
// still, so that the times differ even where a program catches up with a late line and has milliseconds only.
type stream struct {
	*lab.Conn
	began    time.Time // before the client connected
	interval time.Duration
	lines    int
	last     time.Time
}

func dial(server *lab.Program, interval time.Duration) *stream {
	began := time.Now()
	return &stream{Conn: server.Dial(), began: began, interval: interval}
}

// next wants n lines more, each in its time.
func (s *stream) next(n int) {
	for range n {
		s.WantLine(s.inTime)
		s.lines++
	}
}

func (s *stream) inTime(line string) error {
	now := time.Now()
	stamp, _, err := timeOf(line)
	due := s.began.Add(time.Duration(s.lines) * s.interval)
	switch {
	case err != nil:
		return err
	case !stamp.After(s.last):
		return errors.New("its time is not later than that of the line before")
	case stamp.Before(due.Add(-slack)):
		return fmt.Errorf("its time is %v before the end of %d intervals of %v since the client came", due.Sub(stamp), s.lines, s.interval)
	case now.Before(due.Add(-slack)):
		return fmt.Errorf("it came %v before the end of %d intervals of %v since the client came", due.Sub(now), s.lines, s.interval)
	case stamp.After(now.Add(slack)):
		return fmt.Errorf("its time is %v in the future, if it is in UTC as it says", stamp.Sub(now))
	}
	s.last = stamp
	return nil
}

// The first line comes at once, and without being asked for; the second does not come before its time.
//
//lab:points 1
//lab:hint What does your program wait for between Accept and its first Write?
func TestSendsTheFirstLineAtOnce(t *testing.T) {
	client := lab.Start(t, "-count", "2", "-interval", "1h").Dial()
	client.WantLine(anything)
	client.WantSilence()
}

// Every line is one object of JSON, its time is of RFC 3339, in UTC and not in the future, and its fraction has three digits
// or more.
//
//lab:points 1
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint Which name has the field, and how does the line end? time.RFC3339 has no fraction. And what is behind the point five milliseconds after a full second?
func TestEveryLineTellsTheTimeAsJSON(t *testing.T) {
	// More than a second of them, so that some are of its first tenth, and with fractions that end in each digit.
	const lines = 56
	client := lab.Start(t, "-count", fmt.Sprint(lines), "-interval", "19ms").Dial()
	coarse := 0
	for range lines {
		client.WantLine(func(line string) error {
			stamp, digits, err := timeOf(line)
			if digits < 3 {
				coarse++
			}
			ahead := time.Until(stamp)
			switch {
			case err != nil:
				return err
			case ahead > slack:
				return fmt.Errorf("its time is %v in the future, if it is in UTC as it says", ahead)
			case coarse > 1: // where zeros are left out at the end of nine digits, one may be, once in a million lines
				return fmt.Errorf("the fraction of a second has fewer than three digits in %d lines", coarse)
			}
			return nil
		})
	}
}

// There are as many lines as -count says, and then the stream ends in order.
//
//lab:points 1
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint How often does your loop run, and which of the flags says so?
func TestSendsAsManyLinesAsAsked(t *testing.T) {
	client := lab.Start(t, "-count", "20", "-interval", "5ms").Dial()
	for range 20 {
		client.WantLine(anything)
	}
	client.WantEOF()
}

// The stream ends right after the last line, not an interval or a second later, and nothing of it is left, although some clients
// never close their side, and one of them even sends a byte now and then.
//
//lab:points 0
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint What does your loop do after the last line? Does the client hear the end before you wait for its own? What does the server still hold when a client has closed its side, too, and what if it never does?
func TestClosesAfterTheLastLine(t *testing.T) {
	server := lab.Start(t, "-count", "1", "-interval", "1h")
	before := server.Footprint()
	for i := range 20 {
		client := server.Dial()
		client.WantLine(anything)
		client.WantEOFAtOnce()
		if i%4 > 0 {
			client.Close()
		} else if i == 0 {
			defer client.SendMeanwhile(".", 100*time.Millisecond)()
		}
	}
	server.Pause(thinking) // they have a second
	server.WantNoLeak(before)
}

// The times increase from line to line, and neither they nor the lines themselves come before their interval has passed.
//
//lab:points 2
//lab:needs TestEveryLineTellsTheTimeAsJSON
//lab:hint When is the time of a line taken? What do you wait for between two lines, and for how long?
func TestTimesAreSpacedAsAsked(t *testing.T) {
	const interval = 1300 * time.Millisecond // longer than the second that a program may have been made for
	dial(lab.Start(t, "-count", "3", "-interval", interval.String()), interval).next(3)
}

// Lines arrive as they are written, although there are many more to come.
//
//lab:points 1
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint What lies between you and the connection that collects lines? When does it pass them on?
func TestLinesArriveAsTheyAreWritten(t *testing.T) {
	client := lab.Start(t, "-count", "100", "-interval", "1200ms").Dial()
	client.WantLine(anything)
	client.WantLine(anything)
}

// A client that waits for its next line keeps nobody from getting the first one, and neither do 128 of them.
//
//lab:points 0
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint Who calls Accept while one client waits for its next line?
func TestASecondClientIsServedAtOnce(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	for range 3 {
		server.Dial().WantLine(anything)
	}
	for _, client := range server.DialMany(128) {
		client.WantLine(anything)
	}
}

// Each client has its own start: its lines are counted and spaced from when it came, whoever else is there or has been there.
//
//lab:points 1
//lab:needs TestTimesAreSpacedAsAsked TestASecondClientIsServedAtOnce TestOutOfDescriptorsIsNoEnd
//lab:hint Which clock ticks for the second client, and who has started it? Who counts its lines?
func TestEachClientHasItsOwnStart(t *testing.T) {
	const interval = 800 * time.Millisecond
	server := lab.Start(t, "-count", "3", "-interval", interval.String())
	first := dial(server, interval)
	first.next(1)
	server.WantAtRest() // so that some of the interval has passed, however much, when the second client comes
	second := dial(server, interval)
	for _, client := range []*stream{first, second} {
		client.next(3 - client.lines)
		client.WantEOF()
	}
	// A clock that goes on ticks too early for the next client, but for one that happens to come as it ticks.
	var later []*stream
	for range 2 {
		server.Pause(interval / 4)
		later = append(later, dial(server, interval))
	}
	for _, client := range later {
		client.next(2)
	}
}

// When a client has left, its connection is closed soon, not when all its lines would have been sent. So it is when the client
// resets it behind the last line.
//
//lab:points 0
//lab:needs TestASecondClientIsServedAtOnce TestWaitingCostsNoProcessorTime
//lab:hint What does Write return when the client has left? What does your loop do then?
func TestForgetsAClientThatLeaves(t *testing.T) {
	server := lab.Start(t, "-count", "1000000", "-interval", "50ms")
	before := server.Footprint()
	for range 10 {
		leaver, resetter := server.Dial(), server.Dial()
		leaver.WantLine(anything)
		leaver.Close()
		resetter.WantLine(anything)
		resetter.Reset()
	}
	server.WantNoLeak(before)
	server.Dial().WantLine(anything)
	server.Kill()
	server.StartAgain("-count", "1", "-interval", "1h")
	before = server.Footprint()
	for range 10 {
		late := server.Dial()
		late.WantLine(anything)
		late.WantEOF()
		late.Reset()
	}
	server.WantNoLeak(before)
}

// However many clients have come and gone, the server's memory is what it was: nothing of them is kept, and no goroutine waits.
//
//lab:points 1
//lab:needs TestForgetsAClientThatLeaves TestInputIsIgnored
//lab:hint What else was started for a client, or noted down about it? Who ends it, or removes it, when the client has left?
func TestKeepsNothingOfAClientInMemory(t *testing.T) {
	server := lab.StartFrugal(t, "-count", "1", "-interval", "1h")
	server.WantSteadyMemory(1<<20, func() { // 1.2 KiB of each client; a goroutine takes 2.7
		for i := range 220 {
			client := server.Dial()
			client.WantLine(anything)
			if i%2 == 0 {
				client.HalfClose()
			}
			client.WantEOF()
			client.Close()
		}
	})
	server.Kill()
	server.StartAgain("-count", "1000000", "-interval", "20ms")
	server.WantSteadyMemory(1<<20, func() {
		for range 2 {
			for i, leaver := range server.DialMany(110) {
				leaver.WantLine(anything)
				if i%2 == 0 {
					leaver.Reset()
				} else {
					leaver.Close()
				}
			}
		}
	})
}

// Clients that do not read, nine of them, delay nobody, and all the lines of one are there when it does read, a second and a half
// later.
//
//lab:points 1
//lab:needs TestASecondClientIsServedAtOnce TestTimesAreSpacedAsAsked
//lab:hint Write waits for a client that does not read. What does your program hold in the meantime that others need?
func TestAStalledClientDelaysNobody(t *testing.T) {
	const lines = 10_000 // more than all buffers between the two take
	server := lab.Start(t, "-count", fmt.Sprint(lines), "-interval", "1ns")
	stalled := server.Dial(lab.ReceiveBuffer(16 << 10))
	for range 8 {
		server.Dial(lab.ReceiveBuffer(16 << 10))
	}
	server.WantAtRest()
	other := server.Dial()
	for range 100 {
		other.WantLine(anything)
	}
	other.Close()
	server.Pause(thinking)
	wantAllDue(stalled, lines)
	stalled.WantEOF()
}

// Whatever a client sends changes nothing, and neither does the end of it: the lines come, and in their time.
//
//lab:points 0
//lab:needs TestEveryLineTellsTheTimeAsJSON
//lab:hint A client that has nothing to say may close its sending side and listen. What is Read's io.EOF then?
func TestInputIsIgnored(t *testing.T) {
	const interval = 700 * time.Millisecond
	server := lab.Start(t, "-count", "2", "-interval", interval.String())
	var client *stream
	server.AllAtOnce(func() {
		client = dial(server, interval)
		client.Send("hurry up\n\nbye\n")
		client.HalfClose()
	})
	client.next(2)
}

// Of what a client sends nothing is kept, however much it is.
//
//lab:points 0
//lab:needs TestInputIsIgnored
//lab:hint Where does what you read end up, and when is it let go? io.ReadAll and ReadString keep all of it.
func TestInputCostsNoMemory(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	talker := server.Dial()
	talker.WantLine(anything)
	talker.SendUntilHeld(strings.Repeat("x", 64<<10), 1<<10)
	server.WantPeakMemoryBelow(48 << 20)
	talker.WantSilence()
}

// Input that the server has not read, or that is still on its way, does not turn the end of the stream into a reset, not even
// for a client that has not read its lines yet.
//
//lab:points 1
//lab:needs TestSendsAsManyLinesAsAsked TestClosesAfterTheLastLine TestInputCostsNoMemory TestTimesAreSpacedAsAsked
//lab:hint What does Close do with a connection that has input unread? What could you do first, and what would you wait for?
func TestInputNeverResetsTheClose(t *testing.T) {
	server := lab.Start(t, "-count", "1", "-interval", "1h")
	var clients []*lab.Conn
	server.AllAtOnce(func() {
		clients = server.DialMany(16)
		for _, client := range clients {
			client.Send(strings.Repeat("I will not listen. ", 1<<15))
		}
	})
	for _, client := range clients {
		client.WantLine(anything)
		client.WantEOF()
	}
	const lines = 600 // more than the client's buffer takes, and less than the server's
	server.Kill()
	server.StartAgain("-count", fmt.Sprint(lines), "-interval", "1ns")
	late := server.Dial(lab.ReceiveBuffer(4 << 10))
	server.AllAtOnce(func() { late.Send(strings.Repeat("I will not listen. ", 1<<12)) })
	server.Pause(thinking)
	wantAllDue(late, lines)
	late.WantEOF()
}

// When no descriptor is left, accepting fails. The server goes on, and whoever waits comes in as soon as there is one again.
//
//lab:points 0
//lab:needs TestASecondClientIsServedAtOnce
//lab:hint What does your program do with an error of Accept? Does it pass by itself, and who waits until it has?
func TestOutOfDescriptorsIsNoEnd(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	server.Dial().WantLine(anything)
	var waiting *lab.Conn
	server.WithDescriptors(0, func() {
		waiting = server.Dial()
		server.WantAtRest()
		server.Pause(thinking) // in which it may have tried again many times
	})
	waiting.WantLine(anything)
	server.Dial().WantLine(anything)
}

// While the server waits, for a client or for the time of the next line, it uses no processor time.
//
//lab:points 0
//lab:needs TestSendsTheFirstLineAtOnce
//lab:hint time.Sleep and a ticker wait by themselves. Does your program ask for the time again and again instead?
func TestWaitingCostsNoProcessorTime(t *testing.T) {
	server := lab.Start(t, "-count", "2", "-interval", "1h")
	server.WantIdle()
	for range 4 {
		server.Dial().WantLine(anything)
	}
	server.WantIdle()
}
