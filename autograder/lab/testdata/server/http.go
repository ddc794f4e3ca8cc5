package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"time"
)

// serveHTTP answers each request with its path.
func serveHTTP(conn net.Conn, behaviour string) {
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		path := request.URL.Path
		length := len(path)
		switch behaviour {
		case "silent":
			select {}
		case "leaves":
			return
		case "no-http":
			fmt.Fprint(conn, "HELLO\n")
			return
		case "slow":
			<-time.After(300 * time.Millisecond)
		case "long-body":
			length--
		case "short-body":
			length++
		case "half-a-body":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length+1, path)
			return
		case "says-that-it-closes":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", length, path)
			return
		case "bare-lf":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\n\r\n%s", length, path)
			continue
		case "no-gzip":
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", length, path)
			continue
		case "endless-header":
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nX-Long: ")
			writeOn(conn)
			return
		case "endless-body":
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
			writeOn(conn)
			return
		case "bomb":
			var zipped bytes.Buffer
			writer := gzip.NewWriter(&zipped)
			writer.Write(make([]byte, 32<<20))
			writer.Close()
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", zipped.Len(), zipped.Bytes())
			continue
		case "other-form":
			fmt.Fprint(conn, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 \r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\ncontent-type:text/plain;charset=utf-8\r\nallow: POST,GET\r\n\r\n")
			chunks := chunked{conn}
			zipped := gzip.NewWriter(chunks)
			zipped.Write([]byte(path))
			zipped.Close()
			fmt.Fprint(conn, "0\r\n\r\n")
			continue
		}
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nAllow: GET, POST\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", length)
		if request.Method != http.MethodHead {
			fmt.Fprint(conn, path)
		}
		if behaviour == "closes" {
			return
		}
	}
}

// writeOn writes until nobody reads any more.
func writeOn(conn net.Conn) {
	for piece := bytes.Repeat([]byte("x"), 64<<10); ; {
		if _, err := conn.Write(piece); err != nil {
			return
		}
	}
}

type chunked struct{ conn net.Conn }

func (c chunked) Write(p []byte) (int, error) {
	if len(p) > 0 {
		fmt.Fprintf(c.conn, "%x\r\n%s\r\n", len(p), p)
	}
	return len(p), nil
}
