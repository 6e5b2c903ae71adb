package cameras

import (
	"os"
	"testing"
)

func TestWeigh(t *testing.T) {
	before := weigh(os.Getpid())
	if before < 1<<20 {
		t.Fatalf("this process weighs %d bytes", before)
	}
	ballast := make([]byte, 32<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	if after := weigh(os.Getpid()); after-before < 24<<20 {
		t.Errorf("32 MiB weigh %d bytes", after-before)
	}
	if ballast[len(ballast)-1] != 1 {
		t.Error("the ballast is gone")
	}
	if n := weigh(1 << 30); n != 0 {
		t.Errorf("nobody weighs %d bytes", n)
	}
}
