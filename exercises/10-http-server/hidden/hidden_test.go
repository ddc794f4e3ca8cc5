// Package hidden holds the tests that grade exercise 10.
//
//lab:port 4221
//lab:kind server
package hidden

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// The program takes the protocol apart by itself: it does without net/http and net/textproto, and what is built on them.
//
//lab:points 0
//lab:hint Which of the packages that you import knows HTTP already? The task is to write that part.
func TestUsesNeitherNetHTTPNorTextproto(t *testing.T) {
	lab.SourceOf(t).ForbidImports("It knows HTTP.", "net/http", "net/textproto", "net/http/httputil", "net/http/httptest",
		"net/http/cgi", "net/http/fcgi", "net/http/pprof", "net/mail", "net/rpc", "net/smtp", "mime/multipart", "expvar")
}

// GET / is answered 200 with nothing, and what does not exist 404.
//
//lab:points 0
//lab:needs TestUsesNeitherNetHTTPNorTextproto
//lab:hint Which paths are there? What do you answer if it is none of them?
func TestAnswersTheRootAndNothingElse(t *testing.T) {
	server, _ := start(t)
	ask(server, get("/"), 200).WantBody("")
	for _, path := range []string{"/nothing", "/index.html", "/echo", "/user-agent/more", "/files/nothing"} {
		ask(server, get(path), 404)
	}
}

// The text behind /echo/ comes back as text/plain; percent signs in it are decoded once, and plus signs are plus signs.
//
//lab:points 1
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint A path is not a form: url.PathUnescape and url.QueryUnescape differ. How often do you decode?
func TestEchoesTheTextDecodedOnce(t *testing.T) {
	server, _ := start(t)
	for path, text := range map[string]string{
		"abc": "abc", "two%20words": "two words", "1+1": "1+1", "100%2525": "100%25", "caf%c3%A9": "café",
		"a%2Fb/c": "a/b/c", "a//b/./c/../": "a//b/./c/../", "what?is=left?really": "what", "what%3Fis=kept": "what?is=kept", "%0D%0A%00": "\r\n\x00",
	} {
		ask(server, get("/echo/"+path), 200).WantBody(text).WantType("text/plain")
	}
	ask(server, get("/%65cho/abc"), 200).WantBody("abc")
}

// The names of headers may be written in any case, and white space around a value is not part of it. A value may be empty, or
// have a colon in it.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint Under which key do you keep a header, and under which one do you look for it?
func TestHeaderNamesMayBeInAnyCase(t *testing.T) {
	server, _ := start(t)
	client := server.Dial()
	client.Send("GET /user-agent HTTP/1.1\r\nhOST:localhost\r\nX-Empty:\r\nuser-AGENT: \txterm: by hand\t \r\n\r\n")
	client.WantResponse(200).WantBody("xterm: by hand").WantType("text/plain")
	client.Send("POST /files/case HTTP/1.1\r\nHOST: localhost\r\nCONTENT-length: 4\r\n\r\nbody")
	client.WantResponse(201)
	client.Send(get("/files/case"))
	client.WantResponse(200).WantBody("body")
}

// A request is complete when all of it has come, in however many pieces.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint One Read returns what has arrived. How long do you go on, for the header block and for the body?
func TestARequestMayArriveInPieces(t *testing.T) {
	server, _ := start(t)
	client := server.Dial()
	client.SendInPieces("G", "ET /user-ag", "ent HTTP/1.1\r", "\nHost: localhost\r\nUser-A", "gent: in pie", "ces\r\n\r", "\n")
	client.WantResponse(200).WantBody("in pieces")
	client.SendInPieces("POST /files/pieces HTTP/1.1\r\nHost: localhost\r\nContent-Le", "ngth: 11\r\n\r\nt", "his is ", "all")
	client.WantResponse(201)
	client.Send(get("/files/pieces"))
	client.WantResponse(200).WantBody("this is all")
}

// Requests that arrive together are answered in their order, and all of them, even if the client has closed its sending side.
//
//lab:points 1
//lab:needs TestARequestMayArriveInPieces
//lab:hint What has been read behind one request belongs to the next. In which variable is it, and how long does that live?
func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	server, _ := start(t)
	client := server.Dial()
	var all strings.Builder
	for i := range 20 {
		text := lab.Token(t, i)
		all.WriteString(get("/echo/"+text) + post("pipelined", text+"\r\n\r\n") + get("/files/pipelined"))
	}
	server.AllAtOnce(func() {
		client.Send(all.String())
		client.HalfClose()
	})
	for i := range 20 {
		client.WantResponse(200).WantBody(lab.Token(t, i))
		client.WantResponse(201)
		client.WantResponse(200).WantBody(lab.Token(t, i) + "\r\n\r\n")
	}
	client.WantEOF()
}

// The body of a request, whoever it is for and however it is framed, is never taken for the next request.
//
//lab:points 0
//lab:needs TestPipelinedRequestsAreAnsweredInOrder
//lab:hint Where does the next request begin if you do not need the body of this one, or do not understand its framing?
func TestABodyIsNeverTakenForARequest(t *testing.T) {
	server, _ := start(t)
	smuggled := get("/echo/smuggled")
	chunked := fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled)
	for _, whole := range []string{
		request("GET", "/", smuggled),
		request("POST", "/nothing", smuggled),
		request("DELETE", "/echo/x", smuggled),
		request("BREW", "/echo/x", smuggled),
		request("POST", "/files/no%2Fname", smuggled),
		request("POST", "/files/..%2Fout", smuggled),
		request("POST", "/files/.", smuggled),
		"POST /files/chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + chunked,
		"POST /files/case HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: Chunked\r\n" + chunked,
		"POST /files/list HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n" + chunked,
		"GET /echo/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + chunked,
		"POST /files/both HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" + chunked,
	} {
		client := server.Dial()
		client.Send(whole + get("/echo/next"))
		client.WantResponse()
		if next := client.WantResponseOrEnd(200); next != nil {
			next.WantBody("next")
		}
		late := server.Dial()
		header, body, _ := strings.Cut(whole, "\r\n\r\n")
		late.SendInPieces(header + "\r\n\r\n") // and has its answer, perhaps, before the body comes
		late.Send(body + get("/echo/next"))
		late.WantResponse()
		if next := late.WantResponseOrEnd(200); next != nil {
			next.WantBody("next")
		}
	}
}

// A connection goes on, with a limit for each header block and none for all, until the client says close, in any list and
// case, or speaks HTTP/1.0; then it ends at once and in order, even for a client that has sent more and reads late.
//
//lab:points 1
//lab:needs TestHeaderNamesMayBeInAnyCase
//lab:hint Which side may end a connection, and how does it tell the other? What becomes of input that nobody has read?
func TestAConnectionLastsAsLongAsTheClientWants(t *testing.T) {
	server, _ := start(t)
	for _, last := range []string{
		get("/", "Connection: close"),
		get("/", "Connection: TE,\tClose"),
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n" + strings.Repeat("more ", 20_000),
		get("/", "Connection: close") + get("/echo/too-late") + strings.Repeat("more ", 20_000),
	} {
		client := server.Dial()
		for range 3 {
			client.Send(get("/echo/again", "Connection: undisclosed", "X: "+strings.Repeat("x", 8_000)))
			client.WantResponse(200).WantBody("again")
		}
		client.WantSilence()
		server.AllAtOnce(func() { client.Send(last) })
		client.WantResponse(200).WantBody("")
		client.WantEOFAtOnce()
		client.Close()
	}
	late, text := server.Dial(lab.ReceiveBuffer(4<<10)), strings.Repeat("x", 15_000)
	server.AllAtOnce(func() { late.Send(get("/echo/"+text, "Connection: close") + strings.Repeat("more ", 20_000)) })
	server.WantAtRest()
	late.WantResponse(200).WantBody(text) // of which most was still in the server's send buffer as the conversation ended
	late.WantEOF()
}

// HEAD is answered like GET, without a body, also where it is refused; a method that the resource does not have 405 with those
// that it has, an invented one 501. Where there is no resource, a method makes no difference.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint What do you look at first, the method or the path? And what does a client expect behind a response to HEAD?
func TestMethodsAreToldApart(t *testing.T) {
	server, _ := start(t)
	client := server.Dial()
	client.Send(request("HEAD", "/echo/abc", "") + get("/echo/def"))
	if head := client.WantResponseToHEAD(200); head.Length >= 0 && head.Encoding == "" {
		head.WantListed("Content-Length", "3")
	}
	client.WantResponse(200).WantBody("def")
	ask(server, post("x", "content"), 201)
	for path, status := range map[string]int{"/": 200, "/user-agent": 200, "/files/x": 200, "/files/nothing": 404, "/nothing": 404} {
		client := server.Dial()
		client.Send(request("HEAD", path, "") + get("/echo/ghi"))
		head := client.WantResponseToHEAD(status)
		client.WantResponse(200).WantBody("ghi")
		if whole := ask(server, get(path), status); status == 200 && head.Length >= 0 && whole.Length >= 0 {
			head.WantListed("Content-Length", fmt.Sprint(whole.Length))
		}
	}
	for _, path := range []string{"/", "/echo/x", "/user-agent", "/files/x"} {
		ask(server, request("DELETE", path, ""), 405).WantListed("Allow", "GET", "HEAD")
		ask(server, request("PUT", path, "body"), 405)
		ask(server, request("BREW", path, ""), 501)
		ask(server, request("get", path, ""), 501)
	}
	for _, method := range []string{"PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"} {
		ask(server, request(method, "/", ""), 405)
		ask(server, request(method, "/files/x", ""), 405)
	}
	ask(server, request("POST", "/nothing", "body"), 404)
	ask(server, request("POST", "/echo/x", "body"), 405)
	ask(server, request("PATCH", "/files/x", "body"), 405).WantListed("Allow", "POST")
}

// A request that is malformed, or that has not exactly one Host, is refused with 400, and one of another version with 505. A
// connection that is given up because of that ends in order, and the response says so.
//
//lab:points 1
//lab:needs TestMethodsAreToldApart TestABodyIsNeverTakenForARequest
//lab:hint What do you take for granted when you split a line? Which numbers does your conversion take besides plain digits?
func TestMalformedRequestsAreRefused(t *testing.T) {
	server, _ := start(t)
	for _, malformed := range []string{
		"GET /\r\nHost: localhost\r\n\r\n",
		"nonsense\r\nHost: localhost\r\n\r\n",
		get("/and more"),
		get("/", "no colon"), get("/", "Space : before the colon"), get("/", ": no name"), get("/", "X: y\r\n Space: before the name"),
		get("/echo/%"), get("/echo/%4"), get("/echo/%zz"),
		"GET / HTTP/1.1\r\n\r\n",
		get("/", "Host: another"),
	} {
		refused(server, malformed, 400)
	}
	for _, length := range []string{"", "five", "+5", "-5", "0x5", "5 5", "5, 6", "5\r\nContent-Length: 6"} {
		refused(server, request("POST", "/files/x", "", "Content-Length: "+length)+"12345", 400)
	}
	for _, nothing := range []string{"\r\n", "\r\n\r\n", " \r\n\r\n"} { // RFC 9112, 2.2: a server may pass over empty lines
		ask(server, nothing+get("/"), 200, 400)
	}
	for _, version := range []string{"HTTP/2.0", "HTTP/3.1"} {
		refused(server, strings.Replace(get("/"), "HTTP/1.1", version, 1), 505)
	}
	refused(server, strings.Replace(get("/"), "HTTP/1.1", "http/1.1", 1), 400, 505)
	ask(server, get("/files/x"), 404)
}

// However much of a header block or a body comes, the server keeps little of it, and lives on.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint At which point do you know that it is too much? What have you kept in memory until then?
func TestAnEndlessRequestCostsLittleMemory(t *testing.T) {
	server, _ := start(t)
	filler := strings.Repeat("x", 16<<10)
	for begin, more := range map[string]string{
		"GET / HTTP/1.1\r\nHost: localhost\r\nX: ":                                                                  filler,
		"GET / HTTP/1.1\r\nHost: localhost\r\n":                                                                     "X: y\r\n",
		"POST /files/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1099511627776\r\n\r\n":                        filler,
		"POST /files/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n" + filler + "\r\n": "4000\r\n" + filler + "\r\n",
	} {
		client := server.Dial()
		client.Send(begin)
		client.SendEndlessly(strings.Repeat(more, 1+(64<<10)/len(more)))
		client.Close()
		server.WantPeakMemoryBelow(64 << 20)
	}
	ask(server, get("/"), 200)
}

// A header block of 16,000 bytes and a body of 1 MiB are taken; larger ones are refused with 431 and 413, and the client can
// read that although it has sent all of it.
//
//lab:points 1
//lab:needs TestAnEndlessRequestCostsLittleMemory
//lab:hint To close with input unread resets the connection, and the client may lose the response. What has to come before it?
func TestWhatIsTooLargeIsRefusedInOrder(t *testing.T) {
	server, _ := start(t)
	ask(server, get("/echo/fits", "X: "+strings.Repeat("x", 15_900)), 200).WantBody("fits")
	refused(server, get("/", "X: "+strings.Repeat("x", 17_000)), 431)
	refused(server, get("/", strings.Repeat("X: y\r\n", 10_000)+"X: y"), 431)
	refused(server, get("/echo/"+strings.Repeat("x", 100_000)), 431, 414)
	refused(server, get("/echo/"+strings.Repeat("x", 9_000), "X: "+strings.Repeat("x", 9_000)), 431, 414) // with its request line
	ahead := server.Dial()
	server.AllAtOnce(func() { // what is read ahead, behind another request, counts as well
		ahead.Send(get("/echo/first") + get("/echo/second", "X: "+strings.Repeat("x", 9_000), "Y: "+strings.Repeat("y", 9_000)))
	})
	ahead.WantResponse(200).WantBody("first")
	ahead.WantResponse(431)
	megabyte := strings.Repeat(lab.Token(t, 0)+" ", 1<<20)[:1<<20]
	ask(server, post("large", megabyte), 201)
	refused(server, post("large", megabyte+"+"), 413)
	ask(server, request("POST", "/files/large", "", "Content-Length: 1048577"), 413) // before any of it has come
	ask(server, request("POST", "/files/large", "", "Content-Length: 99999999999999999999"), 413, 400)
	ask(server, get("/files/large"), 200).WantBody(megabyte)
}

// /echo/ comes compressed for a client that accepts gzip, and for no client that accepts only something else. HEAD tells the
// length that GET would have.
//
//lab:points 1
//lab:needs TestEchoesTheTextDecodedOnce
//lab:hint Accept-Encoding is a list of names with weights. And of which bytes is the Content-Length, of HEAD's response, too?
func TestGzipIsForThoseWhoAcceptIt(t *testing.T) {
	server, _ := start(t)
	client := server.Dial()
	for accepted, coding := range map[string]string{
		"gzip": "gzip", "deflate, GZIP": "gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1": "gzip", "deflate\r\nAccept-Encoding: gzip": "gzip",
		"identity": "", "gzip;q=0": "", "deflate, gzip; q=0.0": "", "gzipped, not-gzip": "",
	} {
		server.Note("GET and HEAD with Accept-Encoding: " + accepted)
		text := strings.Repeat(lab.Token(t, len(accepted)), 200)
		client.Send(get("/echo/"+text, "Accept-Encoding: "+accepted))
		whole := client.WantResponse(200).WantBody(text).WantType("text/plain").WantEncoding(coding)
		client.Send(request("HEAD", "/echo/"+text, "", "Accept-Encoding: "+accepted))
		if head := client.WantResponseToHEAD(200); head.Length >= 0 && whole.Length >= 0 {
			head.WantListed("Content-Length", fmt.Sprint(whole.Length))
		}
	}
	for refused, status := range map[string]int{get("/nothing", "Accept-Encoding: gzip"): 404, request("PUT", "/", "", "Accept-Encoding: gzip"): 405} {
		client.Send(refused)
		client.WantResponse(status)
		client.Send(get("/echo/another"))
		client.WantResponse(200).WantBody("another").WantEncoding("") // what a client accepts, it says in each request
	}
}

// Go's own client is served: 32 requests at a time and many one by one, on connections that the server does not close.
//
//lab:points 1
//lab:needs TestKeepsNothingOfAClientInMemory TestClientsThatGoAwayLeaveNothingBehind TestOutOfDescriptorsIsNoEnd
//lab:hint What is shared between two requests that are answered at the same time? Does every response say where it ends?
func TestServesGosOwnClient(t *testing.T) {
	server, _ := start(t)
	crowd := server.HTTPClient()
	for round := range 4 {
		var requests []*http.Request
		for i := range 16 {
			name := lab.Token(t, 16*round+i)
			requests = append(requests, crowd.Request("POST", "/files/"+name, name), crowd.Request("GET", "/echo/"+name, ""))
		}
		for i, response := range crowd.Do(requests...) {
			if i%2 == 1 {
				response.WantBody(lab.Token(t, 16*round+i/2))
			}
		}
	}
	single := server.HTTPClient()
	for i := range 64 {
		single.Get("/files/"+lab.Token(t, i), 200).WantBody(lab.Token(t, i))
		single.Get("/files/nothing", 404)
	}
	single.Do(single.Request("HEAD", "/echo/abc", ""))[0].WantBody("")
	single.Get("/user-agent", 200).WantBody("Go-http-client/1.1")
	crowd.WantKeptOpen()
	single.WantKeptOpen()
}
