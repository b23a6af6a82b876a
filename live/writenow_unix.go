//go:build unix

package live

import (
	"net"
	"syscall"
)

// WriteNow writes as much as a socket takes at once, without waiting, and says how much
// that is: less than all, 0 too, where the rest has to be written the other way, which
// also tells errors.
func WriteNow(socket net.Conn, b []byte) (n int) {
	s, ok := socket.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Write(func(fd uintptr) bool {
		for n < len(b) {
			m, err := syscall.Write(int(fd), b[n:])
			if err == syscall.EINTR {
				continue
			}
			if err != nil || m <= 0 {
				break
			}
			n += m
		}
		return true
	})
	return n
}
