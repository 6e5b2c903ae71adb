package cameras

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/clock"
	"lares/cameras/control"
	"lares/cameras/fakecam"
	"lares/cameras/fault"
	"lares/cameras/internal/wire"
	"lares/cameras/media"
	"lares/cameras/seal"
)

// obeys is an order that has to be carried out.
func (h *house) obeys(id media.CameraID, o control.Order) control.Found {
	h.t.Helper()
	found, err := h.fleet.Control(h.t.Context(), id, o)
	if err != nil {
		h.t.Fatalf("%s: %v", o.Do, err)
	}
	return found
}

// controlled is a house with one camera that can do everything, and sends
// pictures.
func controlled(t *testing.T, o fakecam.Options) (*house, *fakecam.Camera, media.CameraID) {
	t.Helper()
	h := newHouse(t)
	o.Username, o.Password = "user", "correct horse"
	cam := fake(t, o)
	id := h.add(access(cam))
	h.await(id, patience, Live)
	return h, cam, id
}

// TestControlTurns a camera through its worker: a move ends by itself and by a
// stop, and a newer one takes over.
func TestControlTurns(t *testing.T) {
	t.Parallel()
	h, cam, id := controlled(t, fakecam.Options{})
	can := h.obeys(id, control.Order{Do: control.ShowPTZ}).PTZ
	if !can.Continuous || !can.Zoom || !can.Home || len(can.Presets) != 2 || can.Presets[1].Name != "Gate & drive" {
		t.Fatalf("%+v", can)
	}
	stands := func() bool { d := cam.Device(); return d.Pan == 0 && d.Tilt == 0 && d.Zoom == 0 }
	h.obeys(id, control.Order{Do: control.Move, Pan: 1, Zoom: -0.25, MS: 1})
	if cam.Device().Moves != 1 {
		t.Error("it did not move")
	}
	eventually(t, patience, "the end of a move", stands)

	long := control.Order{Do: control.Move, Tilt: 0.5, MS: control.MaxMove.Milliseconds()}
	h.obeys(id, long)
	if d := cam.Device(); d.Tilt != 0.5 {
		t.Errorf("a move is done before it began: %+v", d)
	}
	long.Tilt = -0.5
	h.obeys(id, long)
	if d := cam.Device(); d.Tilt != -0.5 {
		t.Errorf("after the newer move: %+v", d)
	}
	h.obeys(id, control.Order{Do: control.Stop})
	if !stands() {
		t.Errorf("after a stop: %+v", cam.Device())
	}
	h.obeys(id, control.Order{Do: control.GoTo, ID: can.Presets[1].ID})
	if at := cam.Device().Preset; at != "Gate & drive" {
		t.Errorf("it went to %q", at)
	}
	h.obeys(id, control.Order{Do: control.GoHome})
	if at := cam.Device().Preset; at != "home" {
		t.Errorf("it went to %q", at)
	}
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.GoTo, ID: control.ID("preset", "never")}); !errors.Is(err, control.Unknown) {
		t.Errorf("a place that is not there: %v", err)
	}

	// The worker's end is the end of a move too.
	h.obeys(id, long)
	h.fleet.Remove(id)
	eventually(t, patience, "the camera to stand", stands)
}

// TestControlSettings changes the picture, switches outputs and reboots.
func TestControlSettings(t *testing.T) {
	t.Parallel()
	h, cam, id := controlled(t, fakecam.Options{})
	p := h.obeys(id, control.Order{Do: control.ShowPicture}).Picture
	if p.Brightness == nil || *p.Brightness != (control.Level{Value: 50, Min: 0, Max: 100}) || p.Light != control.Auto || len(p.Lights) != 3 || p.Sharpness == nil {
		t.Fatalf("%+v", p)
	}
	bright, much := 70.0, 101.0
	p = h.obeys(id, control.Order{Do: control.SetPicture, Change: control.Change{Brightness: &bright, Light: control.Night}}).Picture
	if d := cam.Device(); p.Brightness.Value != 70 || p.Light != control.Night || d.Brightness != 70 || d.IrCut != "OFF" || d.Contrast != 50 {
		t.Errorf("%+v, at the camera %+v", p, d)
	}
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.SetPicture, Change: control.Change{Contrast: &much}}); !errors.Is(err, control.Refused) {
		t.Errorf("beyond its range: %v", err)
	}
	outputs := h.obeys(id, control.Order{Do: control.ShowOutputs}).Outputs
	at := func(name string) control.Output {
		t.Helper()
		i := slices.IndexFunc(outputs, func(o control.Output) bool { return o.Name == name })
		if i < 0 {
			t.Fatalf("no %q among %+v", name, outputs)
		}
		return outputs[i]
	}
	if len(outputs) != 4 || !at("Relay relay_2").Momentary || at("Relay relay_1").Momentary {
		t.Fatalf("%+v", outputs)
	}
	for _, name := range []string{"Siren", "Relay relay_1"} {
		h.obeys(id, control.Order{Do: control.Switch, ID: at(name).ID, On: true})
	}
	h.obeys(id, control.Order{Do: control.Switch, ID: at("Relay relay_1").ID})
	if on := cam.Device().Outputs; !slices.Equal(on, []string{"tt:Siren"}) {
		t.Errorf("on are %v", on)
	}
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.Switch, ID: control.ID("relay", "never")}); !errors.Is(err, control.Unknown) {
		t.Errorf("an output that is not there: %v", err)
	}
	h.obeys(id, control.Order{Do: control.Reboot})
	if n := cam.Device().Reboots; n != 1 {
		t.Errorf("%d reboots", n)
	}
	h.await(id, patience, Live)
}

// TestControlOfARecorder: of a device with several cameras only this one is
// turned, though another one's profile comes first, and what concerns all of them is
// not for this one.
func TestControlOfARecorder(t *testing.T) {
	t.Parallel()
	h, cam, id := controlled(t, fakecam.Options{Neighbour: true})
	if can := h.obeys(id, control.Order{Do: control.ShowPTZ}).PTZ; !can.Continuous {
		t.Fatalf("%+v", can)
	}
	h.obeys(id, control.Order{Do: control.Move, Pan: 1, MS: control.MaxMove.Milliseconds()})
	if d := cam.Device(); d.Strayed != 0 || d.Moves != 1 || d.Pan != 1 {
		t.Errorf("%+v", d)
	}
	bright := 70.0
	h.obeys(id, control.Order{Do: control.SetPicture, Change: control.Change{Brightness: &bright}})
	for _, o := range []control.Order{{Do: control.Reboot}, {Do: control.ShowOutputs}, {Do: control.Switch, ID: control.ID("relay", "relay_1"), On: true}} {
		if _, err := h.fleet.Control(t.Context(), id, o); !errors.Is(err, control.Cannot) {
			t.Errorf("%s: %v", o.Do, err)
		}
	}
	if d := cam.Device(); d.Brightness != 70 || d.Reboots != 0 || len(d.Outputs) != 0 {
		t.Errorf("%+v", d)
	}
}

// TestLastOfARecorder: of the largest recorder the last channel is known by the source
// that it was added with, though it is asked about a few addresses alone.
func TestLastOfARecorder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse", Channels: 64})
	a := access(cam)
	a.Main, a.Sub = cam.ChannelURL(64, false), cam.ChannelURL(64, true)
	unsaid := h.add(a)
	a.Source = "channel_64_source"
	id := h.add(a)
	for _, id := range []media.CameraID{id, unsaid} {
		h.await(id, patience, Live)
	}
	if can := h.obeys(id, control.Order{Do: control.ShowPTZ}).PTZ; !can.Continuous {
		t.Errorf("%+v", can)
	}
	err := control.Silent
	for range 3 { // a machine that has much else to do may be late with sixty-four answers
		if _, is := h.fleet.Control(t.Context(), unsaid, control.Order{Do: control.ShowPTZ}); !errors.As(is, &err) || err != control.Silent {
			break
		}
	}
	if err != control.Cannot {
		t.Errorf("where nobody said which it is: %v", err)
	}
}

// TestRecorder: a camera may be one of several unless its device was looked at and had
// no other, or nobody told of a channel.
func TestRecorder(t *testing.T) {
	for a, want := range map[Access]bool{
		{}: false, {Channels: 1}: false, {Channels: 1, Source: "one"}: false,
		{Channels: 2}: true, {Channels: 2, Source: "one"}: true, {Source: "one"}: true,
	} {
		if a.recorder() != want {
			t.Errorf("%d channels, %q: %v", a.Channels, a.Source, !want)
		}
	}
}

// TestPinnedToAChannel: a camera that was added as one of several of a device that now
// tells one source is still known by its stream, and the whole device is not its own.
func TestPinnedToAChannel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cam := fake(t, fakecam.Options{Username: "user", Password: "correct horse"})
	a := access(cam)
	a.Source, a.Channels = "channel_2_source", 2
	id := h.add(a)
	h.await(id, patience, Live)
	h.obeys(id, control.Order{Do: control.ShowPTZ})
	if _, err := h.fleet.Control(t.Context(), id, control.Order{Do: control.Reboot}); !errors.Is(err, control.Cannot) || cam.Device().Reboots != 0 {
		t.Errorf("the whole device is restarted: %v", err)
	}
}

// TestOneOfARecorder: the events and the pictures of the other cameras of a recorder
// are not this one's.
func TestOneOfARecorder(t *testing.T) {
	t.Parallel()
	h, cam, id := controlled(t, fakecam.Options{Neighbour: true})
	eventually(t, patience, "a picture", func() bool { _, err := h.fleet.Snapshot(t.Context(), id); return err == nil })
	told := func(within time.Duration) (n Noticed, ok bool) {
		select {
		case n = <-h.noticed:
			return n, true
		case <-time.After(within):
			return n, false
		}
	}
	eventually(t, patience, "its motion", func() bool { // the subscription may come a moment later
		cam.Motion(true)
		_, ok := told(200 * time.Millisecond)
		return ok
	})
	cam.Motion(false)
	told(patience)
	cam.NeighbourMotion(true)
	cam.NeighbourMotion(false)
	cam.Motion(true)
	if n, ok := told(patience); !ok || n.Kind != media.KindMotion || !n.Active {
		t.Errorf("told %+v", n)
	}
	if n, ok := told(300 * time.Millisecond); ok {
		t.Errorf("the neighbour's motion is told: %+v", n)
	}
	if d := cam.Device(); d.Strayed != 0 {
		t.Errorf("the neighbour was seen %d times", d.Strayed)
	}
}

// TestControlOfOthers: what a camera cannot, does not understand or refuses is
// said, and what is no order or no camera never gets there.
func TestControlOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	none := access(fake(t, fakecam.Options{}))
	none.ONVIF = ""
	fixed := fake(t, fakecam.Options{Without: []string{fakecam.ServicePTZ, fakecam.ServiceImaging, fakecam.ServiceMedia2}})
	bomb := fake(t, fakecam.Options{})
	without, standing, lying := h.add(none), h.add(access(fixed)), h.add(access(bomb))
	for _, id := range []media.CameraID{without, standing, lying} {
		h.await(id, patience, Live)
	}
	h.obeys(lying, control.Order{Do: control.ShowPTZ})
	for name, c := range map[string]struct {
		id   media.CameraID
		o    control.Order
		lie  fakecam.ONVIFFault
		want error
	}{
		"no ONVIF":        {id: without, o: control.Order{Do: control.ShowPTZ}, want: control.Cannot},
		"no ONVIF, moved": {id: without, o: control.Order{Do: control.Move, Pan: 1, MS: 1}, want: control.Cannot},
		"no PTZ":          {id: standing, o: control.Order{Do: control.ShowPTZ}, want: control.Cannot},
		"no imaging":      {id: standing, o: control.Order{Do: control.ShowPicture}, want: control.Cannot},
		"no camera":       {id: media.NewCameraID(), o: control.Order{Do: control.Stop}, want: ErrNoCamera},
		"XML bomb":        {id: lying, o: control.Order{Do: control.Reboot}, lie: fakecam.ONVIFBomb, want: control.Garbled},
		"1 GiB":           {id: lying, o: control.Order{Do: control.Reboot}, lie: fakecam.ONVIFHuge, want: control.Garbled},
		"a web page":      {id: lying, o: control.Order{Do: control.ShowOutputs}, lie: fakecam.ONVIFPage, want: nil},
	} {
		bomb.SetONVIFFault(c.lie)
		if _, err := h.fleet.Control(t.Context(), c.id, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
	if _, err := h.fleet.Control(t.Context(), standing, control.Order{Do: control.Move, Pan: 2, MS: 1}); err == nil {
		t.Error("moved faster than anything")
	}
}

// TestControlOfTheSilent: a camera that takes orders and never answers holds up
// neither another camera nor more of its own than may be under way; that no
// answer came is said.
func TestControlOfTheSilent(t *testing.T) {
	t.Parallel()
	h, mute, id := controlled(t, fakecam.Options{})
	good := fake(t, fakecam.Options{Name: "good"})
	other := h.add(access(good))
	h.await(other, patience, Live)
	h.obeys(id, control.Order{Do: control.ShowPicture}) // the worker knows whom it asks
	mute.SetONVIFFault(fakecam.ONVIFSilent)
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	const many = 12
	answers := make(chan error, many)
	for range many {
		go func() {
			_, err := h.fleet.Control(ctx, id, control.Order{Do: control.ShowPicture})
			answers <- err
		}()
	}
	for range many - 3 { // as many as the worker asks at a time go on
		if err := <-answers; !errors.Is(err, control.Busy) {
			t.Fatalf("one too many: %v", err)
		}
	}
	h.obeys(other, control.Order{Do: control.Move, Pan: 1, MS: 1})
	if good.Device().Moves != 1 {
		t.Error("the other camera did not move")
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.fleet.Control(soon, id, control.Order{Do: control.Stop}); !errors.Is(err, control.Silent) {
		t.Errorf("no answer in time is %v", err)
	}
	giveUp()
	for range 3 {
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
	}
}

// TestOrdersAreBounded: as many as may be wait, a stop has room behind them, and
// an answer nobody waits for is passed over.
func TestOrdersAreBounded(t *testing.T) {
	var w orders
	for range maxOrders {
		if _, _, ok := w.add(control.Move); !ok {
			t.Fatal("refused too early")
		}
	}
	if _, _, ok := w.add(control.Reboot); ok {
		t.Error("one too many")
	}
	n, answer, ok := w.add(control.Stop)
	if !ok {
		t.Fatal("no room for a stop")
	}
	for range maxOrders {
		w.add(control.Stop)
	}
	if len(w.waiting) > 2*maxOrders {
		t.Errorf("%d wait", len(w.waiting))
	}
	for _, d := range []wire.Done{{Number: 4000}, {Number: 9, Problem: control.Refused}, {Number: 9}} {
		w.done(d)
	}
	if d := <-answer; n != 9 || d.Problem != control.Refused {
		t.Errorf("order %d: %+v", n, d)
	}
	w.drop(1)
	if _, _, ok := w.add(control.Reboot); ok {
		t.Error("room was made where there is none")
	}
}

// TestOrdersOfTheirCamera: an answer is passed on if it is of the worker's own camera.
func TestOrdersOfTheirCamera(t *testing.T) {
	var crossed []fault.Site
	own, other := media.NewCameraID(), media.NewCameraID()
	f := New(Config{Clock: clock.System{}, Crossed: func(s fault.Site, id media.CameraID) {
		if id == own {
			crossed = append(crossed, s)
		}
	}})
	c := &child{m: newMinder(f, Camera{ID: own})}
	n, answer, _ := c.orders.add(control.ShowPTZ)
	said := func(camera media.CameraID) []byte {
		return fmt.Appendf(nil, `{"number":%d,"camera":"%v","problem":"refused"}`, n, camera)
	}
	if err := c.done(said(other)); !errors.Is(err, seal.ErrCrossed) || !slices.Equal(crossed, []fault.Site{fault.OrderAnswer}) || len(answer) != 0 {
		t.Errorf("another camera's answer: %v, counted %v, %d passed on", err, crossed, len(answer))
	}
	for _, bad := range []string{``, `{"number":2,"problem":"rain"}`, `{"number":-1}`, `{"Number":2,"extra":1}`} {
		if err := c.done([]byte(bad)); err == nil || errors.Is(err, seal.ErrCrossed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := c.done(said(own)); err != nil || len(answer) != 1 {
		t.Errorf("its own: %v, %d passed on", err, len(answer))
	}
}
