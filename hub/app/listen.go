package app

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// listen opens a TCP port; setting is the flag that chooses it.
func listen(addr, setting string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is in use by another program: stop that program, or choose another address with %s", addr, setting)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the address %s needs more rights than this user has: choose a port above 1023 with %s", addr, setting)
	case err != nil:
		return nil, fmt.Errorf("the address %s cannot be used: %w: choose another with %s", addr, err, setting)
	}
	return ln, nil
}
