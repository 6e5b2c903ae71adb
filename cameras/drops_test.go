package cameras

import (
	"context"
	"testing"
	"time"

	"lares/cameras/control"
	"lares/cameras/fakecam"
	"lares/cameras/media"
)

// backWithin is HAZARDS §6.1, which holds for orders and what a camera notices as well: after
// it is back.
const backWithin = 5 * time.Second

// TestONVIFBack: a camera without power for a while notices and obeys soon after it is back.
// Pauses that double would take longer than it was away.
func TestONVIFBack(t *testing.T) {
	t.Parallel()
	f := &followed{house: newHouse(t)}
	f.start(t, ownHost+":0", ownHost+":0")
	f.add(t)
	rtsp, web := hostOf(t, f.cam.MainURL()), hostOf(t, f.cam.ONVIFURL())
	f.cam.Close()
	<-time.After(8 * time.Second)
	f.start(t, rtsp, web)
	f.back(t)
}

// followed is a camera that is away now and then.
type followed struct {
	house *house
	cam   *fakecam.Camera
	id    media.CameraID
}

// start has the camera answer at its addresses.
func (f *followed) start(t *testing.T, rtsp, web string) {
	t.Helper()
	cam, err := fakecam.Start(context.WithoutCancel(t.Context()), fakecam.Options{Name: t.Name(), Username: "user", Password: "correct horse", Addr: rtsp, HTTPAddr: web})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cam.Close)
	f.cam = cam
}

// add adds it to the house.
func (f *followed) add(t *testing.T) {
	t.Helper()
	f.id = f.house.add(access(f.cam))
	f.house.awaitIn(t, f.id, patience, Live)
	f.obeys(t)
	f.notices(t)
}

// back waits until the camera, which came back just now, obeys and notices.
func (f *followed) back(t *testing.T) {
	t.Helper()
	began := time.Now()
	obeys := make(chan time.Duration, 1)
	go func() {
		f.obeys(t)
		obeys <- time.Since(began)
	}()
	f.notices(t)
	noticed, obeyed := time.Since(began), <-obeys
	t.Logf("it obeys after %v, notices after %v", obeyed.Round(time.Millisecond), noticed.Round(time.Millisecond))
	if max(obeyed, noticed) > backWithin {
		t.Errorf("above %v", backWithin)
	}
}

// obeys waits until an order is carried out.
func (f *followed) obeys(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		_, err := f.house.fleet.Control(t.Context(), f.id, control.Order{Do: control.ShowPTZ})
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Errorf("no order is carried out: %v", err)
			return
		}
	}
}

// notices waits until motion that is told now is heard of.
func (f *followed) notices(t *testing.T) {
	t.Helper()
	for len(f.house.noticed) > 0 {
		<-f.house.noticed
	}
	eventually(t, patience, "motion", func() bool {
		f.cam.Motion(true)
		f.cam.Motion(false)
		select {
		case n := <-f.house.noticed:
			return n.Source == media.SourceCamera && n.Unit != nil
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
}
