package cameras

import (
	"os"
	"syscall"
	"testing"
)

func TestWeigh(t *testing.T) {
	before := weigh(os.Getpid())
	if before < 1<<20 {
		t.Fatalf("this process weighs %d bytes", before)
	}
	// not of the heap, in which tests before this one may have left as much that weighs already
	ballast, err := syscall.Mmap(-1, 0, 32<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(ballast)
	for i := range ballast {
		ballast[i] = 1
	}
	if after := weigh(os.Getpid()); after-before < 24<<20 {
		t.Errorf("32 MiB weigh %d bytes", after-before)
	}
	if n := weigh(1 << 30); n != 0 {
		t.Errorf("nobody weighs %d bytes", n)
	}
}
