package sealed

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"lares/cameras/media"
)

// TestFormerHub: a file of a hub that this one was before is read, and may be
// ended by this one; a hub that is nobody's is not, and no hub speaks for
// another.
func TestFormerHub(t *testing.T) {
	old := newHub(t)
	d := &disk{}
	w := old.writer(d)
	if err := w.Record(Head{Type: TypeFragment, Duration: 90000}, []byte("picture")); err != nil {
		t.Fatal(err)
	}
	public, identity, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := Signer{media.NewHubID(), public}
	both := Signers{now, old.public()[0]}
	header, sum, err := ReadHeader(d, both)
	if err != nil || !both.Signed(header, sum) {
		t.Fatalf("a former hub's header: %v", err)
	}
	for what, hubs := range map[string]Signers{
		"another hub": {now}, "nobody": nil, "another key": {{old.header.Hub, public}}, "another name": {{now.Hub, old.public()[0].Key}},
	} {
		if _, _, err := ReadHeader(d, hubs); !errors.Is(err, ErrForeign) || hubs.Signed(header, sum) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for at := range sum {
		bad := sum
		if bad[at] ^= 1; both.Signed(header, bad) {
			t.Error("another hash")
		}
	}
	other := header
	if other.Start = header.Start.Add(1); both.Signed(other, sum) {
		t.Error("another start")
	}
	sign := func(context string, message []byte) []byte { return (&hub{identity: identity}).sign(context, message) }
	if r, err := Repair(d, int64(len(d.b)), both, sign); err != nil || r.State != Recovered {
		t.Fatalf("ending it: %+v %v", r, err)
	}
	if r, err := Check(bytes.NewReader(d.b), int64(len(d.b)), both); err != nil || r.State != Recovered {
		t.Errorf("ended by this hub: %+v %v", r, err)
	}
	if r, err := Check(bytes.NewReader(d.b), int64(len(d.b)), old.public()); err != nil || r.State != 0 {
		t.Errorf("the old hub takes the end of another: %+v %v", r, err)
	}
}
