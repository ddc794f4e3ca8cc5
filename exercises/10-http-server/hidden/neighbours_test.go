package hidden

import (
	"strings"
	"testing"
	"time"

	"tcplab/autograder/lab"
)

// A client that is silent, that stops in the middle of a header or of a body, or that does not read, delays nobody. Who reads late
// gets what it has asked for, and not what others have asked for since.
//
//lab:points 0
//lab:needs TestFilesAreKept
//lab:hint For whom does a goroutine wait here, and what does it hold in the meantime that others need?
func TestNobodyDelaysAnother(t *testing.T) {
	server, _ := start(t)
	content := strings.Repeat("much to read ", 80_000)
	ask(server, post("long", content), 201)
	server.DialMany(64)
	server.Dial().SendInPieces("GET / HTTP/1.1\r\nHo")
	uploader, deaf := server.Dial(), server.Dial(lab.ReceiveBuffer(4<<10))
	uploader.SendInPieces(strings.TrimSuffix(post("slow", content), content[1000:]))
	deaf.Send(get("/files/long") + get("/files/long"))
	server.WantAtRest()
	ask(server, get("/files/long"), 200).WantBody(content)
	ask(server, post("short", "and sweet"), 201)
	ask(server, post("long", content), 201) // what the deaf client is reading
	ask(server, post("slow", "of the same name"), 201)
	ask(server, get("/files/slow"), 200).WantBody("of the same name")
	uploader.Send(content[1000:])
	uploader.WantResponse(201)
	ask(server, get("/files/slow"), 200).WantBody(content)
	deaf.WantResponse(200).WantBody(content)
	deaf.WantResponse(200).WantBody(content)
	const times = 40 // together, even compressed, more than the server can write before it is read
	letters, random := make([]byte, 12_000), lab.Rand(t)
	for i := range letters {
		letters[i] = byte('a' + random.IntN(26))
	}
	text := string(letters)
	later := server.Dial(lab.ReceiveBuffer(4 << 10))
	later.Send(strings.Repeat(get("/echo/"+text, "Accept-Encoding: gzip"), times))
	server.WantAtRest()
	for from := range 4 {
		ask(server, get("/echo/"+text[from:], "Accept-Encoding: gzip"), 200).WantBody(text[from:])
	}
	for range times {
		later.WantResponse(200).WantBody(text)
	}
}

// Clients that go away at any moment leave nothing behind: no descriptor, no thread, no memory and no part of a file. Nor do
// those that only ask what a file is like, or ask for a folder.
//
//lab:points 0
//lab:needs TestNobodyDelaysAnother
//lab:hint What is open, and what lies on the disk, when a client goes away in the middle of an upload? Who cleans up?
func TestClientsThatGoAwayLeaveNothingBehind(t *testing.T) {
	server, parent := start(t)
	server.Kill()
	server.StartAgain("-directory", parent) // where files is a folder now
	ask(server, post("before", "before"), 201)
	content := strings.Repeat("x", 1<<20)
	ask(server, post("long", content), 201)
	leaveInABody := func(name string) {
		client := server.Dial()
		client.SendInPieces(strings.TrimSuffix(post(name, content), content[900<<10:]))
		client.Reset()
	}
	leave := func(times int) {
		for _, sent := range []string{"", "GET / HT", get("/"), get("/files/before"), "nonsense\r\n\r\n", request("HEAD", "/", "rest")} {
			for range times {
				server.Dial().Close()
				leaver, resetter := server.Dial(), server.Dial()
				leaver.Send(sent)
				leaver.Close()
				resetter.Send(sent)
				resetter.Reset()
			}
		}
		deaf := server.Dial(lab.ReceiveBuffer(4 << 10))
		deaf.Send(get("/files/long") + strings.Repeat(post("small", "file"), 16))
		server.WantAtRest()
		deaf.Reset()
	}
	askWhatItIsLike := func(times int) {
		curious := server.Dial()
		for range times {
			curious.Send(request("HEAD", "/files/before", ""))
			curious.WantResponseToHEAD(200)
		}
		curious.Close()
		for range min(times, 10) {
			ask(server, get("/files/files"), 400, 403, 404, 500)
		}
	}
	before := server.Footprint(func() {
		leaveInABody("first")
		leave(2)
		askWhatItIsLike(2)
	})
	for i := range 24 { // together they would not fit on the disk
		leaveInABody(lab.Token(t, i))
	}
	leave(8)
	server.WantNoLeak(before)
	askWhatItIsLike(100)
	server.WantNoLeak(before)
	ask(server, post("after", content), 201)
	ask(server, get("/files/after"), 200).WantBody(content)
	server.WantIdle()
}

// However many clients have come and gone, the server's memory is what it was: nothing of them is kept, and no goroutine waits.
//
//lab:points 0
//lab:needs TestNobodyDelaysAnother
//lab:hint What else was started for a client, or noted down about it? Who ends it, or removes it, when the connection ends?
func TestKeepsNothingOfAClientInMemory(t *testing.T) {
	server := lab.StartFrugal(t, "-directory", folder(t)+"/files")
	server.WantSteadyMemory(512<<10, func() { // 0.8 KiB of each who left; a goroutine takes 2.7
		for range 80 {
			ask(server, get("/echo/much", "Connection: close"), 200).WantBody("much")
			ask(server, post("one", "and the same"), 201)
			leaver, resetter := server.Dial(), server.Dial()
			leaver.SendInPieces("GET / HT")
			leaver.Close()
			resetter.Send(get("/"))
			resetter.Reset()
		}
	})
}

// When no descriptor is left, accepting fails. The server goes on, and whoever waits comes in as soon as there is one again.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint What does your program do with an error of Accept? Does it pass by itself, and who waits until it has?
func TestOutOfDescriptorsIsNoEnd(t *testing.T) {
	server, _ := start(t)
	here := server.Dial()
	here.Send(get("/echo/here"))
	here.WantResponse(200).WantBody("here")
	var waiting *lab.Conn
	server.WithDescriptors(0, func() {
		waiting = server.Dial()
		server.WantAtRest()
		server.Pause(1500 * time.Millisecond) // in which it may have tried again many times
	})
	waiting.Send(get("/echo/at-last"))
	waiting.WantResponse(200).WantBody("at-last")
	here.Send(get("/echo/still-here"))
	here.WantResponse(200).WantBody("still-here")
}

// A client that has sent its header block only in part after 5 seconds, byte after byte, in one line or in many, is sent away,
// and has delayed nobody. One that takes 6 seconds for anything else is not: between two requests, for a body, or to read a response.
//
//lab:points 1
//lab:needs TestNobodyDelaysAnother
//lab:hint A deadline that every byte sets anew is never reached. When does the time of a header block begin, and when is it over?
func TestASlowSenderOfHeadersIsSentAway(t *testing.T) {
	server, _ := start(t)
	content := strings.Repeat("much to read ", 80_000)
	ask(server, post("long", content), 201)
	idle, uploader, deaf := server.Dial(), server.Dial(), server.Dial(lab.ReceiveBuffer(4<<10))
	idle.Send(get("/"))
	idle.WantResponse(200)
	uploader.SendInPieces(strings.TrimSuffix(post("slow", content), content[1000:]))
	deaf.Send(strings.Repeat(get("/files/long"), 8))
	target, lines, early := server.Dial(), server.Dial(), server.Dial()
	target.SendInPieces("GET /echo/")
	early.SendInPieces(get("/") + "GET /echo/") // five seconds from now, too
	early.WantResponse(200)
	defer early.SendMeanwhile("x", 200*time.Millisecond)()
	lines.Send(get("/"))
	lines.WantResponse(200) // a second request has five seconds, too, and not more
	lines.SendInPieces("GET / HTTP/1.1\r\nHost: localhost\r\n")
	defer lines.SendMeanwhile("X: y\r\n", 200*time.Millisecond)()
	ask(server, get("/"), 200)
	target.SendSlowly(strings.Repeat("x", 30), 200*time.Millisecond)
	defer target.SendMeanwhile("x", 200*time.Millisecond)() // both go on, or else a deadline for each line would pass, too
	for _, slow := range []*lab.Conn{target, lines, early} {
		if slow.WantResponseOrEnd(408, 400) != nil {
			slow.WantEnd()
		}
	}
	idle.SendInPieces("GET /echo/back HTTP/1.1\r\nHo", "st: localhost\r\n\r\n") // its five seconds begin now
	idle.WantResponse(200).WantBody("back")
	uploader.Send(content[1000:])
	uploader.WantResponse(201)
	for range 8 {
		deaf.WantResponse(200).WantBody(content)
	}
}
