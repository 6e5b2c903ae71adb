package app

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/recorder"
)

// TestVerifyClipsOfPools: what is listed in a media pool that was not named is nothing that was found to be
// whole: verify says which pool to name, and fails; given that, it finds what is gone there. Words that it
// does not know are refused.
func TestVerifyClipsOfPools(t *testing.T) {
	data, second := t.TempDir(), t.TempDir()
	h, _ := pooled(t, data, second)
	door := inhabit(t, h, "ann")
	for n := range 2 {
		row := recorder.ClipRow{
			Clip: media.NewClipID(), Camera: door, Event: media.NewEventID(), KID: media.KeyID(make([]byte, 16)), Start: h.clock.Now().Add(time.Duration(n-5) * time.Minute),
			Duration: time.Second, State: recorder.StateComplete, Stretch: true, Pool: h.pools[1].Number,
		}
		if err := h.store.ClipClosed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args       []string
		says, fail string
	}{
		{nil, "2 are listed in the media pool b, and were not looked at: name it too, with --pool b=FOLDER as for lares serve.", "2 clips that are listed were not looked at"},
		{[]string{"--pool", "b=" + second}, "its file is not there", "2 clips are damaged"},
		{[]string{"--pool", "b=" + second, "now"}, "", `takes no "now"`},
	} {
		var out bytes.Buffer
		err := verify(t.Context(), append([]string{"clips", "--data", data}, c.args...), &out)
		if err == nil || !strings.Contains(err.Error(), c.fail) || !strings.Contains(out.String(), c.says) {
			t.Errorf("with %q it says %v:\n%s", c.args, err, out.String())
		}
	}
}

// TestClipAdvice: nobody is told to delete the event of a clip of which something plays.
func TestClipAdvice(t *testing.T) {
	for _, c := range []struct {
		v       recorder.Verified
		deletes bool
	}{
		{recorder.Verified{Listed: true, Fault: recorder.FaultTorn, Media: 3 * time.Second}, false},
		{recorder.Verified{Listed: true, Fault: recorder.FaultChanged, Media: 3 * time.Second}, false},
		{recorder.Verified{Listed: true, Fault: recorder.FaultTorn}, true},
		{recorder.Verified{Listed: true, Fault: recorder.FaultMissing}, true},
		{recorder.Verified{Listed: true, Eventless: true, Fault: recorder.FaultMissing}, false},
	} {
		if says := clipWords(c.v); strings.Contains(says, "delete ") != c.deletes || !strings.Contains(says, "Put the file back") {
			t.Errorf("%s with %v: %s", c.v.Fault, c.v.Media, says)
		}
	}
}

// TestVerifyClipsOfNoPool: what is listed in a media pool that the hub does not know was not looked at either.
func TestVerifyClipsOfNoPool(t *testing.T) {
	data := t.TempDir()
	h := stopped(t, data)
	door := inhabit(t, h, "ann")
	row := recorder.ClipRow{
		Clip: media.NewClipID(), Camera: door, Event: media.NewEventID(), KID: media.KeyID(make([]byte, 16)), Start: h.clock.Now().Add(-5 * time.Minute),
		Duration: time.Second, State: recorder.StateComplete, Stretch: true, Pool: 7,
	}
	if err := errors.Join(h.store.ClipClosed(t.Context(), row), h.close()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := verify(t.Context(), []string{"clips", "--data", data}, &out)
	if err == nil || !strings.Contains(err.Error(), "1 clips that are listed were not looked at") || !strings.Contains(out.String(), "does not know, number 7") {
		t.Errorf("it says %v:\n%s", err, out.String())
	}
}
