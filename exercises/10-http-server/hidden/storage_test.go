package hidden

import (
	"path/filepath"
	"strings"
	"testing"

	"tcplab/autograder/lab"
)

// A file is what was posted last under its name, byte by byte, however the name is spelled in percent signs, and even if it has
// 255 bytes. What is posted under one name changes no other file, although that has a name as temporary files have.
//
//lab:points 0
//lab:needs TestAnswersTheRootAndNothingElse
//lab:hint Which name does the file have on the disk, and what of an older and longer one is left?
func TestFilesAreKept(t *testing.T) {
	server, parent := start(t)
	binary := "\x00\xff\r\n\r\nGET / HTTP/1.1\r\n\x1a"
	for _, content := range []string{strings.Repeat("an older and longer one ", 10_000), binary} {
		ask(server, post("my%20file.html", content), 201)
		ask(server, get("/files/%6Dy%20file%2ehtml"), 200).WantBody(content).WantType("application/octet-stream")
	}
	ask(server, post("caf%C3%A9", "au lait"), 201)
	ask(server, request("POST", "/files/empty", "", "Content-Length: 0"), 201)
	longest := strings.Repeat("name", 64)[:255]
	ask(server, post(longest, "content"), 201)
	ask(server, post("nothing", "something"), 201)
	ask(server, post("nothing", ""), 201) // without a Content-Length there is no body
	ask(server, get("/files/nothing"), 200).WantBody("")
	others := []string{"note.tmp", ".note.tmp", "note.temp", "note.part", "note.partial", "note.upload", "note.new", "note~", ".note"}
	for _, other := range others {
		ask(server, post(other, "this is "+other), 201)
	}
	ask(server, post("note", "buy milk"), 201)
	for _, other := range others {
		ask(server, get("/files/"+other), 200).WantBody("this is " + other)
	}
	server.Kill()
	server.StartAgain("-directory", parent+"/files")
	ask(server, get("/files/my%20file.html"), 200).WantBody(binary)
	ask(server, get("/files/caf%c3%a9"), 200).WantBody("au lait")
	ask(server, get("/files/empty"), 200).WantBody("")
	ask(server, get("/files/"+longest), 200).WantBody("content")
}

// The files are in the folder that -directory names. Nothing outside of it is read or written, however the way there is spelled.
//
//lab:points 1
//lab:needs TestFilesAreKept
//lab:hint Do you look at the name before or after it is decoded? go doc os.Root says what it does not let you open.
func TestNothingOutsideTheFolderIsReadOrWritten(t *testing.T) {
	server, parent := start(t)
	server.Kill()
	server.StartAgain("-directory", parent)
	ask(server, post("secret", "top secret"), 201)
	ask(server, post("files-secret", "top secret"), 201)
	server.Kill()
	server.StartAgain("-directory", parent+"/files")
	ways := []string{"../", "%2e%2e/", "..%2f", "%2E%2E%2F", "./../", "x/../../", "....//", "..%2f.%2f", "/" + parent + "/",
		strings.ReplaceAll(parent, "/", "%2F") + "/", "../../../../../.." + parent + "/"}
	for _, way := range ways {
		ask(server, get("/files/"+way+"secret"), 400, 403, 404)
		ask(server, get("/files/"+way+"files-secret"), 400, 403, 404)
		ask(server, post(way+"secret", "overwritten"), 400, 403, 404)
		ask(server, post(way+"escaped", "escaped"), 400, 403, 404)
	}
	ask(server, get("/files/secret"), 404) // it was stored in another folder
	for _, way := range []string{"/etc/hosts", "%2Fetc%2Fhosts", "../../../etc/hosts", "..%2F..%2F..%2Fproc/self/environ", ".", ""} {
		ask(server, get("/files/"+way), 400, 403, 404)
	}
	for _, way := range []string{".", "%2E", ""} {
		ask(server, post(way, "overwritten"), 400, 403, 404)
	}
	server.Kill()
	server.StartAgain("-directory", parent)
	ask(server, get("/files/secret"), 200).WantBody("top secret")
	ask(server, get("/files/escaped"), 404)
	ask(server, get("/files/files"), 400, 403, 404, 500) // a folder
}

// Until the last byte of an upload has come, everybody sees the old file. Two uploads of one name do not mix.
//
//lab:points 0
//lab:needs TestFilesAreKept
//lab:hint Where do you write what has come so far? When does the file get its name, and what if somebody else uploads it, too?
func TestAnUploadIsSeenOnlyWhenItIsWhole(t *testing.T) {
	server, _ := start(t)
	one, other := strings.Repeat("one ", 50_000), strings.Repeat("other ", 50_000)
	half := len(one) / 2
	for _, name := range []string{"a", "b", "c"} {
		ask(server, post(name, "old"), 201)
		first, second := server.Dial(), server.Dial()
		first.SendInPieces(post(name, one)[:half])
		second.Send(post(name, other)[:half])
		server.WantAtRest()
		ask(server, get("/files/"+name), 200).WantBody("old")
		first.Send(post(name, one)[half:])
		first.WantResponse(201)
		ask(server, get("/files/"+name), 200).WantBody(one)
		second.Send(post(name, other)[half:])
		second.WantResponse(201)
		ask(server, get("/files/"+name), 200).WantBody(other)
	}
}

// What an upload is called until it is whole may be the name of a client's file, which it does not change, however often the
// server is started.
//
//lab:points 0
//lab:needs TestAnUploadIsSeenOnlyWhenItIsWhole
//lab:hint Who makes sure that the name of a temporary file is not taken yet? Must it be in the folder of the files at all?
func TestNoUploadTakesTheNameOfAnother(t *testing.T) {
	server, parent := start(t)
	content := strings.Repeat("x", 100_000)
	half := len(content) / 2
	upload := func() (unfinished []string) {
		client := server.Dial()
		client.SendInPieces(post("uploaded", content)[:half])
		for _, path := range server.OpenFiles() {
			if folder, name := filepath.Split(path); folder == parent+"/files/" {
				unfinished = append(unfinished, name)
			}
		}
		client.Send(post("uploaded", content)[half:])
		client.WantResponse(201)
		return unfinished
	}
	var taken []string
	for _, name := range upload() {
		if ask(server, post(name, "a client's own"), 201, 400, 403, 404).Status == 201 { // or else it is no name for clients
			taken = append(taken, name)
		}
	}
	server.Kill()
	server.StartAgain("-directory", parent+"/files")
	upload()
	for _, name := range taken {
		ask(server, get("/files/"+name), 200).WantBody("a client's own")
	}
}

// When a body stops short, by a half-close, a close or a reset, there is no file, and an old one stays as it was. Who can still
// read is told so.
//
//lab:points 1
//lab:needs TestNoUploadTakesTheNameOfAnother
//lab:hint How do you tell the end of a body from the end of the stream? What is done with the part that has come?
func TestAnUploadIsWholeOrAbsent(t *testing.T) {
	server, _ := start(t)
	ask(server, post("old", "old content"), 201)
	content := strings.Repeat("new content ", 10_000)
	for _, stop := range []func(*lab.Conn){(*lab.Conn).Close, (*lab.Conn).Reset, (*lab.Conn).HalfClose} {
		for _, name := range []string{"old", "new"} {
			client := server.Dial()
			client.SendInPieces(strings.TrimSuffix(post(name, content), content[len(content)/2:]))
			stop(client)
		}
	}
	for _, came := range []int{len(content) - 1, 0, 1 << 10, 4 << 10, 32 << 10, 64 << 10} { // also where a buffer was full
		client := server.Dial()
		client.Send(strings.TrimSuffix(post("new", content), content[came:]))
		client.HalfClose()
		client.WantResponse(400)
		client.WantEOF()
	}
	server.WantAtRest()
	ask(server, get("/files/old"), 200).WantBody("old content")
	ask(server, get("/files/new"), 404)
}
