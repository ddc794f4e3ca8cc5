package kernel

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Sizes and offsets of struct inet_diag_req_v2 and struct inet_diag_msg (linux/inet_diag.h).
const (
	headerLength  = unix.SizeofNlMsghdr
	requestLength = 56
	answerLength  = 72
	byFamily      = 20 // SOCK_DIAG_BY_FAMILY (linux/sock_diag.h)
	tcpInfo       = 2  // INET_DIAG_INFO: a struct tcp_info (linux/tcp.h) follows the message
	bytesReceived = 128
)

// Diagnostics asks one network about its TCP sockets. It is not safe for use by several goroutines.
type Diagnostics struct {
	fd     int
	buffer []byte
}

// NewDiagnostics works on a netlink socket of the family NETLINK_SOCK_DIAG, which it takes over.
func NewDiagnostics(fd int) (*Diagnostics, error) {
	return &Diagnostics{fd: fd, buffer: make([]byte, 1<<15)}, nil
}

// Close gives the socket back.
func (d *Diagnostics) Close() error { return unix.Close(d.fd) }

// Listeners lists every listening TCP socket.
func (d *Diagnostics) Listeners() ([]Listener, error) {
	var found []Listener
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		request := newRequest(family, unix.NLM_F_DUMP)
		binary.NativeEndian.PutUint32(request[headerLength+4:], 1<<listening)
		err := d.exchange(request, func(m []byte) {
			found = append(found, Listener{
				Address: addressOf(m[0], m[8:24]),
				Port:    int(binary.BigEndian.Uint16(m[4:])),
				Waiting: int(binary.NativeEndian.Uint32(m[56:])),
				Backlog: int(binary.NativeEndian.Uint32(m[60:])),
				Inode:   binary.NativeEndian.Uint32(m[68:]),
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Connection looks at the end of a connection whose own address is local. found is false when there is none (any more).
func (d *Diagnostics) Connection(local, remote netip.AddrPort) (c Connection, found bool, err error) {
	family := uint8(unix.AF_INET)
	if local.Addr().Unmap().Is6() {
		family = unix.AF_INET6
	}
	request := newRequest(family, 0)
	request[headerLength+2] = 1 << (tcpInfo - 1)
	id := request[headerLength+8:]
	binary.BigEndian.PutUint16(id[0:], local.Port())
	binary.BigEndian.PutUint16(id[2:], remote.Port())
	copy(id[4:20], local.Addr().Unmap().AsSlice())
	copy(id[20:36], remote.Addr().Unmap().AsSlice())
	for i := 40; i < 48; i++ {
		id[i] = 0xff // INET_DIAG_NOCOOKIE: any socket with these addresses
	}
	err = d.exchange(request, func(m []byte) {
		if State(m[1]) == listening {
			return // the listener answers for a connection that is gone
		}
		found = true
		c = Connection{
			State:    State(m[1]),
			Unread:   int(binary.NativeEndian.Uint32(m[56:])),
			Unacked:  int(binary.NativeEndian.Uint32(m[60:])),
			Accepted: binary.NativeEndian.Uint32(m[68:]) != 0,
			Inode:    binary.NativeEndian.Uint32(m[68:]),
			Received: receivedBytes(m[answerLength:]),
		}
	})
	if err == unix.ENOENT {
		err = nil
	}
	return c, found, err
}

func newRequest(family uint8, flags uint16) []byte {
	request := make([]byte, headerLength+requestLength)
	binary.NativeEndian.PutUint32(request[0:], uint32(len(request)))
	binary.NativeEndian.PutUint16(request[4:], byFamily)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|flags)
	request[headerLength] = family
	request[headerLength+1] = unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(request[headerLength+4:], ^uint32(0))
	return request
}

// exchange sends one request and hands each inet_diag_msg of the answer to each.
func (d *Diagnostics) exchange(request []byte, each func(message []byte)) error {
	if err := unix.Sendto(d.fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("sock_diag: %w", err)
	}
	dump := binary.NativeEndian.Uint16(request[6:])&unix.NLM_F_DUMP != 0
	for {
		n, _, err := unix.Recvfrom(d.fd, d.buffer, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("sock_diag: %w", err)
		}
		rest := d.buffer[:n]
		for len(rest) >= headerLength {
			length := int(binary.NativeEndian.Uint32(rest))
			if length < headerLength || length > len(rest) {
				return fmt.Errorf("sock_diag: a message of %d bytes in %d", length, len(rest))
			}
			body := rest[headerLength:length]
			switch binary.NativeEndian.Uint16(rest[4:]) {
			case unix.NLMSG_DONE:
				return nil
			case unix.NLMSG_ERROR:
				if code := -int32(binary.NativeEndian.Uint32(body)); code != 0 {
					return unix.Errno(code)
				}
				return nil
			case byFamily:
				if len(body) >= answerLength {
					each(body)
				}
			}
			rest = rest[min((length+3)&^3, len(rest)):]
		}
		if !dump {
			return nil
		}
	}
}

// receivedBytes finds tcpi_bytes_received among the attributes behind an inet_diag_msg.
func receivedBytes(attributes []byte) int64 {
	for len(attributes) >= unix.SizeofRtAttr {
		length := int(binary.NativeEndian.Uint16(attributes))
		if length < unix.SizeofRtAttr || length > len(attributes) {
			return 0
		}
		value := attributes[unix.SizeofRtAttr:length]
		if binary.NativeEndian.Uint16(attributes[2:]) == tcpInfo && len(value) >= bytesReceived+8 {
			return int64(binary.NativeEndian.Uint64(value[bytesReceived:]))
		}
		attributes = attributes[min((length+3)&^3, len(attributes)):]
	}
	return 0
}

func addressOf(family byte, raw []byte) netip.Addr {
	if family == unix.AF_INET {
		return netip.AddrFrom4([4]byte(raw[:4]))
	}
	return netip.AddrFrom16([16]byte(raw))
}
