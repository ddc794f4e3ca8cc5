// Command 10-http-server is the reference solution of exercise 10: a server of HTTP/1.1 from the byte stream up. The sections
// in brackets are those of RFC 9112, HTTP/1.1, or where they begin with 9110, of RFC 9110, HTTP Semantics.
package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// How much a client may send, in bytes, and how long it may take: a wait without an end would hold its connection for ever.
const (
	maxHeader  = 16 << 10 // a header block with its request line
	maxBody    = 1 << 20
	idleTime   = time.Minute      // until its next request begins
	headerTime = 5 * time.Second  // from the first byte of a header block to its last
	bodyTime   = 30 * time.Second // for a body
	writeTime  = time.Minute      // to take a response
	lingerTime = 2 * time.Second  // to close its end, when the server is done
)

// unfinished is the folder of uploads that are not whole: below that of the files, since no file can be renamed into another
// file system. No request can name what is in it, for a name has no slash.
const unfinished = ".unfinished"

func main() {
	directory := flag.String("directory", filepath.Join(os.TempDir(), "files"), "the folder of /files/, made if there is none")
	flag.Parse()
	if err := os.MkdirAll(filepath.Join(*directory, unfinished), 0o755); err != nil {
		log.Fatal(err)
	}
	// What is opened through a Root lies below it, whatever the name says and wherever a symbolic link leads.
	root, err := os.OpenRoot(*directory)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", ":4221")
	if err != nil {
		log.Fatal(err)
	}
	s := &server{files: root}
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(10 * time.Millisecond) // what made it fail, such as too many open files, passes by itself
			continue
		}
		go s.serve(conn.(*net.TCPConn))
	}
}

type server struct {
	files   *os.Root
	uploads atomic.Int64 // counted, so that each has a temporary file of its own
}

// serve answers the requests of one connection, one after the other, until either side ends it.
func (s *server) serve(conn *net.TCPConn) {
	defer conn.Close()
	// One reader for the whole connection: behind a request it may already hold the beginning of the next.
	reader := bufio.NewReaderSize(conn, maxHeader)
	for s.exchange(conn, reader) {
	}
	// To close with input unread resets the connection, and a reset can overtake the response. So this side says that it is
	// done, and reads on until the client is, too (9.6). A client that goes on and on is cut off.
	_ = conn.CloseWrite() // when this or the next fails, the client is gone
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, conn, 8*maxBody)
}

// exchange reads a request, answers it, and reports whether another one may follow.
func (s *server) exchange(conn net.Conn, reader *bufio.Reader) bool {
	_ = conn.SetReadDeadline(time.Now().Add(idleTime)) // if it fails, the connection is closed, and reading fails, too
	if _, err := reader.Peek(1); err != nil {
		return false // the client has left, or was silent for too long, and is owed nothing
	}
	// One deadline for the whole block: a new one for each Read would let a client live on that sends a byte now and then.
	_ = conn.SetDeadline(time.Now().Add(writeTime)) // to write a 100 Continue: the deadline of the last response may be over
	_ = conn.SetReadDeadline(time.Now().Add(headerTime))
	req, answer := request{}, (*response)(nil)
	err := req.read(reader, conn)
	if err == nil {
		_ = conn.SetReadDeadline(time.Now().Add(bodyTime))
		answer, err = s.handle(&req)
	}
	if err != nil {
		answer, req.last = refusal(err), true // nobody knows where the next request begins
	}
	defer answer.body.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(writeTime))
	return answer.write(conn, req.method == "HEAD", req.last) == nil && !req.last // if it fails, the client is gone
}

// handle finds the resource that is asked for, and its answer.
func (s *server) handle(req *request) (*response, error) {
	text, isEcho := strings.CutPrefix(req.path, "/echo/")
	name, isFile := strings.CutPrefix(req.path, "/files/")
	// The Root keeps clients inside of its folder; this keeps them out of subfolders, and to names that file systems take.
	isFile = isFile && filepath.IsLocal(name) && !strings.ContainsAny(name, "/\x00") && len(name) < 256 && name != "." && name != unfinished
	if isFile && req.method == "POST" {
		return s.upload(name, req.body)
	}
	if _, err := io.CopyN(io.Discard, req.body, req.body.N); err != nil { // or it would be taken for the next request
		return nil, err
	}
	const known = " GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH "
	reads := req.method == "GET" || req.method == "HEAD"
	switch {
	case !strings.Contains(known, " "+req.method+" "):
		return plain(501, "no such method"), nil
	case isFile && reads:
		return s.download(name)
	case isEcho && reads:
		return echo(text, req.acceptsGzip()), nil
	case req.path == "/user-agent" && reads:
		return plain(200, strings.Join(req.header["user-agent"], ", ")), nil
	case req.path == "/" && reads:
		return plain(200, ""), nil
	case isFile:
		return plain(405, "a file has no such method", "Allow: GET, HEAD, POST"), nil
	case isEcho, req.path == "/user-agent", req.path == "/":
		return plain(405, "this is only to be read", "Allow: GET, HEAD"), nil
	}
	return plain(404, "no such resource"), nil
}

// echo answers with the text. Vary tells a cache that other clients may get it in another form.
func echo(text string, zip bool) *response {
	fields := []string{"Vary: Accept-Encoding"}
	if zip {
		var zipped strings.Builder // all of it, since its length is sent first; writing to memory does not fail
		w := gzip.NewWriter(&zipped)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		text, fields = zipped.String(), append(fields, "Content-Encoding: gzip")
	}
	return plain(200, text, fields...)
}

func (s *server) download(name string) (*response, error) {
	file, err := s.files.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return plain(404, "no such file"), nil
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return plain(404, "no such file"), errors.Join(err, file.Close())
	}
	// The size will hold: uploads do not change a file, they put another one in its place.
	return &response{200, []string{"Content-Type: application/octet-stream"}, info.Size(), file}, nil
}

// upload stores a body. The file gets its name when it is whole; until then everybody sees the old one, or none.
func (s *server) upload(name string, body *io.LimitedReader) (*response, error) {
	temporary := filepath.Join(unfinished, strconv.FormatInt(s.uploads.Add(1), 10))
	file, err := s.files.Create(temporary)
	if err != nil {
		return nil, err
	}
	if _, err = io.CopyN(file, body, body.N); err == nil {
		err = file.Sync() // or else a power cut may leave the name without its content
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = s.files.Rename(temporary, name)
	}
	if err != nil {
		return nil, errors.Join(err, s.files.Remove(temporary))
	}
	return plain(201, "stored"), nil
}

// request is what a client asks for.
type request struct {
	method string
	path   string              // percent-decoded, without the query; other forms of a target (3.2) are refused
	header map[string][]string // by names in lower case, for a client may write them in any case
	body   *io.LimitedReader   // with its length
	last   bool                // the connection ends behind the response
}

// bad is an error that the client is told of, with its status.
type bad int

func (b bad) Error() string { return fmt.Sprintf("%d %s", int(b), reasons[int(b)]) }

// isToken reports whether a text can be a method or the name of a header (9110, 5.6.2).
func isToken(text string) bool {
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") == ""
}

// read reads a request up to its body. What is malformed, other programs on the way may have read differently, and let pass
// for something else: so nothing is guessed, and all of it refused.
func (req *request) read(reader *bufio.Reader, client io.Writer) error {
	lines, err := readBlock(reader)
	if err != nil {
		return err
	}
	parts := strings.Split(lines[0], " ")
	if len(parts) != 3 || !isToken(parts[0]) || !strings.HasPrefix(parts[1], "/") || !strings.HasPrefix(parts[2], "HTTP/") {
		return bad(400)
	}
	old := parts[2] == "HTTP/1.0" // it knew neither Host nor connections that last
	if !old && parts[2] != "HTTP/1.1" {
		return bad(505)
	}
	target, _, _ := strings.Cut(parts[1], "?")
	if req.path, err = url.PathUnescape(target); err != nil {
		return bad(400)
	}
	req.method, req.header = parts[0], map[string][]string{}
	for _, line := range lines[1:] {
		name, value, found := strings.Cut(line, ":")
		if !found || !isToken(name) || strings.ContainsAny(value, "\r\x00") {
			return bad(400)
		}
		name = strings.ToLower(name)
		req.header[name] = append(req.header[name], strings.Trim(value, " \t"))
	}
	if hosts := len(req.header["host"]); hosts > 1 || hosts == 0 && !old {
		return bad(400)
	}
	req.last = old || slices.Contains(req.list("connection"), "close")
	size, err := req.bodySize()
	if size > 0 && slices.Contains(req.list("expect"), "100-continue") { // the client waits until it is told to go on
		_, err = io.WriteString(client, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	req.body = &io.LimitedReader{R: reader, N: size}
	return err
}

// readBlock reads lines up to the first empty one. Empty lines before the request line are passed over (2.2).
func readBlock(reader *bufio.Reader) (lines []string, err error) {
	for left := maxHeader; ; {
		line, err := reader.ReadSlice('\n') // gives up when its buffer is full, where ReadString would fill the memory
		if left -= len(line); left < 0 || err == bufio.ErrBufferFull {
			return nil, bad(431)
		}
		if err != nil {
			return nil, err
		}
		if text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"); text != "" {
			lines = append(lines, text)
		} else if len(lines) > 0 {
			return lines, nil
		}
	}
}

// bodySize is how long the body is (6.3). If client and server did not agree on it, one would take for the next request what
// the other sent as a body. A body in chunks is refused, as a server may.
func (req *request) bodySize() (int64, error) {
	if len(req.header["transfer-encoding"]) > 0 {
		return 0, bad(411)
	}
	length := req.header["content-length"]
	if len(length) == 0 {
		return 0, nil
	}
	size, err := strconv.ParseUint(strings.Join(length, ","), 10, 63) // takes no sign, unlike Atoi
	switch {
	case size > maxBody: // with a number that is out of range, size is the largest there is
		return 0, bad(413)
	case err != nil:
		return 0, bad(400)
	}
	return int64(size), nil
}

// list is a header that is a list, such as Connection, which may also come on several lines, in lower case.
func (req *request) list(name string) []string {
	text := strings.NewReplacer(" ", "", "\t", "").Replace(strings.Join(req.header[name], ","))
	return strings.Split(strings.ToLower(text), ",")
}

// acceptsGzip looks for gzip in Accept-Encoding, where "gzip;q=0" says: not that (9110, 12.5.3).
func (req *request) acceptsGzip() bool {
	for _, item := range req.list("accept-encoding") {
		if coding, weight, weighed := strings.Cut(item, ";q="); coding == "gzip" {
			return !weighed || strings.Trim(weight, "0.") != ""
		}
	}
	return false
}

// response is what the client gets.
type response struct {
	status int
	fields []string // lines of the header
	size   int64    // of the body
	body   io.ReadCloser
}

var reasons = map[int]string{
	200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
	411: "Length Required", 413: "Content Too Large", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
	501: "Not Implemented", 505: "HTTP Version Not Supported",
}

func plain(status int, text string, fields ...string) *response {
	fields = append(fields, "Content-Type: text/plain; charset=utf-8")
	return &response{status, fields, int64(len(text)), io.NopCloser(strings.NewReader(text))}
}

// refusal is the answer to a request that has failed.
func refusal(err error) *response {
	log.Print(err)
	status := bad(500)
	switch {
	case errors.As(err, &status):
	case errors.Is(err, os.ErrDeadlineExceeded):
		status = 408
	case errors.Is(err, io.EOF): // the client has ended its side in the middle of the request
		status = 400
	}
	return plain(int(status), status.Error())
}

// write sends the response. The length goes first: by it the client knows where the next response begins.
func (a *response) write(w io.Writer, head, last bool) error {
	out := bufio.NewWriter(w) // keeps the first error for Flush
	date := time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %d\r\n", a.status, reasons[a.status], date, a.size)
	if last {
		a.fields = append(a.fields, "Connection: close")
	}
	fmt.Fprintf(out, "%s\r\n\r\n", strings.Join(a.fields, "\r\n"))
	if head {
		return out.Flush()
	}
	_, err := io.CopyN(out, a.body, a.size)
	return errors.Join(err, out.Flush())
}
