package app

import (
	"syscall"
	"testing"

	"lares/hub/config"
)

// TestClosedWhileAChildStarts: who closes a folder lets the next one in, also where a child that is being
// started has what was open, for until it is executed it has all that its parent had.
func TestClosedWhileAChildStarts(t *testing.T) {
	c := &console{cfg: config.Config{Data: t.TempDir()}}
	for name, open := range map[string]func() (*folder, error){
		"hub":    func() (*folder, error) { return openFolder(c.cfg.Data) },
		"backup": c.backUpAlone,
	} {
		t.Run(name, func(t *testing.T) {
			f, err := open()
			if err != nil {
				t.Fatal(err)
			}
			child, err := syscall.Dup(int(f.lock.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			defer syscall.Close(child)
			if _, err := open(); err == nil {
				t.Error("two have it at once")
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			next, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if err := next.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
