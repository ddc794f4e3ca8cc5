package hidden

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// start starts the server with a folder that does not exist yet, below one that only this test uses.
func start(t *testing.T) (server *lab.Program, parent string) {
	t.Helper()
	parent = folder(t)
	return lab.Start(t, "-directory", parent+"/files"), parent
}

// folder is the name of one that only this test uses.
func folder(t *testing.T) string {
	name := fmt.Sprintf("/tmp/tcplab-%d", os.Getpid())
	t.Cleanup(func() { _ = os.RemoveAll(name) }) // where programs have no files of their own, it is really there
	return name
}

// request is a request as a client sends it, with further header lines.
func request(method, path, body string, lines ...string) string {
	lines = append([]string{method + " " + path + " HTTP/1.1", "Host: localhost"}, lines...)
	if body != "" {
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

func get(path string, lines ...string) string { return request("GET", path, "", lines...) }

func post(name, body string) string { return request("POST", "/files/"+name, body) }

// ask holds one exchange on a connection of its own. If the server says that it closes it, it has to do so in order.
func ask(server *lab.Program, request string, statuses ...int) *lab.Response {
	client := server.Dial()
	client.Send(request)
	response := client.WantResponse(statuses...)
	if response.Closes {
		client.WantEOF()
	}
	client.Close()
	return response
}

// refused holds one exchange in which the server refuses a request. It may give the connection up, if it says so; otherwise the
// next request is answered.
func refused(server *lab.Program, request string, statuses ...int) {
	client := server.Dial()
	client.Send(request)
	if client.WantResponse(statuses...).Closes {
		client.WantEOF()
	} else {
		client.Send(get("/echo/next"))
		client.WantResponse(200).WantBody("next")
	}
	client.Close()
}
