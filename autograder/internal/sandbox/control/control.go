// Package control is the language between a test and the first process of a sandbox: datagrams over a pair of UNIX
// sockets, each an operation and some strings, with descriptors beside them.
package control

import "strings"

// Descriptor is the number of the control socket in the sandbox's first process.
const Descriptor = 3

// HelperDescriptor is the number of the executable of the sandbox's first process, in itself.
const HelperDescriptor = 4

// Unlimited is the argument of the first process of a sandbox whose programs may map as much memory as they like, as the
// race detector does. What they touch is bounded all the same.
const Unlimited = "unlimited-address-space"

// MaxDescriptors is how many descriptors one message may carry: SCM_MAX_FD of the Linux kernel (unix(7)).
const MaxDescriptors = 253

// MaxMessage is the length, in bytes, that no message exceeds.
const MaxMessage = 1 << 16

// The operations. A request is answered by one Done, Failed or NoRoom; the others come by themselves.
const (
	Socket = 's' // request: family, type, protocol, count; Done carries the sockets
	// Start is a request: directory, number of arguments, arguments, environment. The executable, stdin, stdout and stderr
	// come with it. Done: pid, with a pidfd.
	Start  = 'x'
	Done   = 'd' // answer
	Failed = 'f' // answer: what was tried and the error's text
	NoRoom = 'n' // answer to Start: the limit on processes is reached
	Ended  = 'e' // a started program has ended: pid, wait status, milliseconds of processor time that it and its children used
	TooBig = 'm' // the programs were ended because they held more memory than MaxMemory
)

// Executable is the argument of the first process, followed by a path, that makes this path lead a program to itself.
const Executable = "executable="

// The first arguments with which the same program is something else than the first process of a sandbox.
const (
	Guard  = "guard"  // becomes a program with as few rights as can be had without namespaces
	Sweep  = "sweep"  // ends every process of a user
	Listen = "listen" // accepts one connection
	Detect = "detect" // ends with status 0 where Guard can guard
)

// RoleFailed is the exit status of such a role that failed: 125, as of env(1) and others that execute programs.
const RoleFailed = 125

// GuardedDescriptor is the number of the program's executable in Guard.
const GuardedDescriptor = 3

// The other arguments of the first process, each followed by its value. They make a sandbox in which the Go toolchain builds a
// stranger's program.
const (
	ReadOnly = "read-only=" // a folder or file of the machine that is seen inside, under the same path
	Writable = "writable="  // the same, and can be changed
	Folder   = "folder="    // a folder that is made inside
	Memory   = "memory="    // in bytes, instead of MaxMemory; the other limits are those of a build
)

// MaxMemory is how much memory, in bytes, all programs of a sandbox may have resident together. The largest program of the
// course, a server with a thread for each of 256 clients under the race detector, was seen to need 150 MiB.
const MaxMemory = 600 << 20

// MaxCPU is how many seconds of processor time one process of a sandbox may use: twice what a test lets it work without a result,
// so that the test, which can say more, is the first to give up.
const MaxCPU = 10

// Encode makes a message. No field may hold a NUL byte; neither arguments, environment nor error texts can.
func Encode(op byte, fields ...string) []byte {
	return append([]byte{op}, strings.Join(fields, "\x00")...)
}

// Decode takes a message apart. An empty message has operation 0.
func Decode(message []byte) (op byte, fields []string) {
	if len(message) == 0 {
		return 0, nil
	}
	return message[0], strings.Split(string(message[1:]), "\x00")
}
