package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const stacks = `SIGQUIT: quit
PC=0x475ac1 m=0 sigcode=0

goroutine 0 gp=0x56a3c0 m=0 mp=0x56b1e0 [idle]:
runtime.futex(0x56b320, 0x80, 0x0, 0x0, 0x0)
	/usr/local/go/src/runtime/sys_linux_amd64.s:558 +0x21

goroutine 1 gp=0xc000002380 m=nil [IO wait]:
runtime.gopark(0x0?, 0x0?, 0x0?, 0x0?, 0x0?)
	/usr/local/go/src/runtime/proc.go:460 +0xce
net.(*TCPListener).Accept(0xc00011e040)
	/usr/local/go/src/net/tcpsock.go:380 +0x30
main.run()
	/home/ann/exercises/03-threaded-server/main.go:31 +0x95
main.main()
	/home/ann/exercises/03-threaded-server/main.go:20 +0x1d

goroutine 7 gp=0xc000006700 m=nil [chan send, 2 minutes]:
main.(*server).serve.func1(...)
	/home/ann/exercises/03-threaded-server/main.go:57
created by main.(*server).serve in goroutine 6
	/home/ann/exercises/03-threaded-server/main.go:50 +0x9c

goroutine 8 gp=0xc000006701 m=nil [chan send]:
main.(*server).serve.func1(0x1, {0xc000012345, 0x5})
	/home/ann/exercises/03-threaded-server/main.go:57 +0x45
created by main.(*server).serve in goroutine 6
	/home/ann/exercises/03-threaded-server/main.go:50 +0x9c
`

func TestStacksAreToldByTheirInnermostPlaceInTheProgramMostFirst(t *testing.T) {
	assert.Equal(t, "2 in main.(*server).serve.func1, main.go:57 (chan send); 1 in main.run, main.go:31 (IO wait)", placesIn(stacks, ""))
	assert.Contains(t, placesIn(stacks, " and more"), "2 and more in main.(*server).serve.func1")
}

func TestWhatIsNoStackNamesNoPlace(t *testing.T) {
	assert.Empty(t, placesIn("main.main() was here\nand there\ngoroutine 1 is no header", ""))
	assert.Empty(t, placesIn("goroutine 1 gp=0x1 m=nil [chan send]:\nmain.main()", ""), "a stack that is cut off")
}
