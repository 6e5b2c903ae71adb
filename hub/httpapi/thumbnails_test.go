package httpapi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/cameras/media"
	"lares/hub/gate"
)

// thumbnails asks for a page and takes it apart, as openapi.yaml says.
func (p *person) thumbnails(ids ...string) map[string][]byte {
	p.r.t.Helper()
	answer := p.do("POST", p.path("/thumbnails"), map[string]any{"clips": ids})
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/octet-stream" || answer.Header.Get("Cache-Control") != "no-store" {
		p.r.t.Fatalf("%s %v %s", answer.Status, answer.Header, bodyOf(p.r.t, answer))
	}
	rest, ok := bytes.CutPrefix(bodyOf(p.r.t, answer), []byte("LARPAGE1"))
	if !ok || hex.EncodeToString(rest[:16]) != p.id {
		p.r.t.Fatalf("a page begins with %x", rest)
	}
	got := map[string][]byte{}
	for rest = rest[16:]; len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest[17:])
		if want := map[bool]byte{true: 1, false: 2}[n > 0]; rest[16] != want {
			p.r.t.Errorf("status %d of a picture of %d bytes", rest[16], n)
		}
		got[hex.EncodeToString(rest[:16])] = rest[21 : 21+n]
		rest = rest[21+n:]
	}
	return got
}

// TestThumbnails: a page is the same pictures that the clips have alone, of the
// caller's own and shared cameras; what is not the caller's and what is not
// there are not on it.
func TestThumbnails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alice, bob := r.person("alice"), r.person("bob")
	door, _ := alice.camera(fakecam.Options{Name: "alice door"})
	own, _ := bob.camera(fakecam.Options{Name: "bob yard"})
	hers, his := alice.clip(door).String(), bob.clip(own).String()
	alone := func(p *person, id string) []byte {
		return bodyOf(t, p.do("GET", p.path("/clips/%s/thumbnail", id), nil))
	}
	absent := media.NewClipID().String()
	got := alice.thumbnails(hers, absent, his, "not an id", hers)
	if len(got) != 1 || !bytes.HasPrefix(got[hers], []byte("\xff\xd8")) || !bytes.Equal(got[hers], alone(alice, hers)) {
		t.Errorf("alice's page: %d pictures, %d bytes", len(got), len(got[hers]))
	}
	if got := bob.thumbnails(hers, absent); len(got) != 0 {
		t.Errorf("what bob may not see: %d pictures", len(got))
	}
	r.grant(alice, door, bob, gate.History)
	if got := bob.thumbnails(hers, his); len(got) != 2 || !bytes.Equal(got[hers], alone(bob, hers)) || !bytes.Equal(got[his], alone(bob, his)) {
		t.Errorf("bob's page: %d pictures", len(got))
	}
	must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
	if got := bob.thumbnails(hers, his); len(got) != 1 || len(got[his]) == 0 {
		t.Errorf("after the revoke: %d pictures", len(got))
	}
	for name, body := range map[string]any{
		"nothing":  nil,
		"no clips": map[string]any{"clips": []string{}},
		"too many": map[string]any{"clips": strings.Split(strings.Repeat(hers+" ", 51), " ")[:51]},
		"a size":   map[string]any{"clips": []string{hers}, "size": "small"},
		"a text":   map[string]any{"clips": hers},
	} {
		if answer := alice.do("POST", alice.path("/thumbnails"), body); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", name, answer.Status)
		}
	}
	if n := r.gate.Refused(); len(n) != 0 {
		t.Errorf("counted without a fault: %v", n)
	}
}

// TestThumbnailsEnd: a page of pictures that somebody does not read is cut
// within two seconds of the revoke, with and without the hook that says so at
// once.
func TestThumbnailsEnd(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf %v", deaf), func(t *testing.T) {
			r := newRig(t)
			r.deaf = deaf
			alice, bob := r.person("alice"), r.person("bob")
			door, _ := alice.camera(fakecam.Options{Name: "alice door"})
			clip := alice.clip(door)
			r.grant(alice, door, bob, gate.History)
			slow := r.slowlyAsks(bob, "POST", bob.path("/thumbnails"), fmt.Sprintf(`{"clips":["%s"]}`, clip))
			from := time.Now()
			must(t, r.gate.Revoke(t.Context(), r.caller(alice), door, r.caller(bob).Account))
			wait(t, "the page's end", func() bool { return r.openStreams() == 0 })
			if took := time.Since(from); took > cutSoon {
				t.Errorf("cut after %v", took)
			}
			slow()
		})
	}
}
