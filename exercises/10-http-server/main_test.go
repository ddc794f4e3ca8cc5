package main

import (
	"fmt"
	"os"
	"testing"

	"tcplab/autograder/lab"
)

// start starts the server with a folder that does not exist yet.
func start(t *testing.T) *lab.Program {
	t.Helper()
	folder := fmt.Sprintf("/tmp/tcplab-%d", os.Getpid())
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // where programs have no files of their own, it is really there
	return lab.Start(t, "-directory", folder+"/files")
}

// The conversation of the README, in its words or in yours.
func TestTheExampleOfTheREADME(t *testing.T) {
	lab.Example(t)
}

// Go's own client gets the answers of all resources that can be read, and the server closes no connection for it.
//
//lab:hint Does each response say its Content-Length? Does your program read the next request of the same connection?
func TestGosOwnClientIsAnswered(t *testing.T) {
	client := start(t).HTTPClient()
	client.Get("/", 200).WantBody("")
	client.Get("/echo/two%20words", 200).WantBody("two words").WantType("text/plain")
	client.Get("/user-agent", 200).WantBody("Go-http-client/1.1")
	client.Get("/nothing", 404)
	client.WantKeptOpen()
}

// A request is complete when its empty line has come, in however many pieces it arrives, and may have company.
//
//lab:hint One Read returns what has arrived, which may be half a request or two of them. Who keeps what is left over?
func TestRequestsArriveAsTheyLike(t *testing.T) {
	client := start(t).Dial()
	client.SendInPieces("GET /echo/pie", "ces HTTP/1.1\r\nHost: local", "host\r\n\r\nGET /echo/and-more HTTP/1.1\r\n")
	client.WantResponse(200).WantBody("pieces")
	client.Send("Host: localhost\r\n\r\nGET /echo/company HTTP/1.1\r\nHost: localhost\r\n\r\n")
	client.WantResponse(200).WantBody("and-more")
	client.WantResponse(200).WantBody("company")
}

// What has been uploaded can be read, and something else under the same name takes its place.
//
//lab:hint Does your program read exactly Content-Length bytes behind the empty line, and does it make its folder?
func TestAnUploadedFileCanBeRead(t *testing.T) {
	client := start(t).HTTPClient()
	client.Get("/files/note.txt", 404)
	client.Post("/files/note.txt", "buy milk, bread and butter", 201)
	client.Get("/files/note.txt", 200).WantBody("buy milk, bread and butter").WantType("application/octet-stream")
	client.Post("/files/note.txt", "buy nothing", 201)
	client.Get("/files/note.txt", 200).WantBody("buy nothing")
}

// A request without Host is malformed, and a method that the resource does not have is not allowed.
//
//lab:hint What does your program look at before it answers?
func TestRefusesWhatItHasTo(t *testing.T) {
	server := start(t)
	client := server.Dial()
	client.Send("GET / HTTP/1.1\r\n\r\n")
	client.WantResponse(400)
	client = server.Dial()
	client.Send("DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	client.WantResponse(405).WantListed("Allow", "GET")
}
