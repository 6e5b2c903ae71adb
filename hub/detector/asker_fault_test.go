//go:build crossfault

package detector

import (
	"os"
	"os/exec"
	"testing"

	"lares/cameras/fault"
)

// TestDetectorsAreCompared: where what is kept of another owner's camera is found in the
// place of a picture's own, nothing is shown to anybody, and it is counted.
func TestDetectorsAreCompared(t *testing.T) {
	if os.Getenv(fault.Variable) == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestDetectorsAreCompared$", "-test.v")
		cmd.Env = append(os.Environ(), fault.Variable+"=rate=1,sites="+string(fault.Detector))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	b, other, r := newBox(t), newBox(t), newRig(t)
	door, yard := r.camera("ann", b), r.camera("bob", other)
	fault.Belongs(door.id.String(), "ann")
	fault.Belongs(yard.id.String(), "bob")
	other.let <- ""
	yard.show("of the yard") // the first has nothing to be swapped with
	other.saw(t, "of the yard")
	r.idle()
	for range 5 {
		door.show("of the door")
		r.idle()
		yard.show("of the yard")
		r.idle()
	}
	if n := fault.Injected()[string(fault.Detector)]; n != 10 || len(r.crossed) != 10 {
		t.Errorf("%d were swapped, %d refused", n, len(r.crossed))
	}
	other.saw(t, "of the yard")
	if len(b.shown) != 0 {
		t.Errorf("shown %q", b.shown)
	}
}
