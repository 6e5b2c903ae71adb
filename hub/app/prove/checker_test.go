package prove

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/recorder/sealed"
)

// TestCheckerBites feeds the checker what it must find, and what it must not.
func TestCheckerBites(t *testing.T) {
	r := &rig{byPicture: map[[16]byte]*camera{}, absent: []byte(`{"status":404}`)}
	for n := range allCameras {
		c := newCamera(n, "test")
		i := markOf("id", c.secret)
		c.id.Store(&i)
		r.cameras = append(r.cameras, c)
		r.byPicture[c.picture] = c
		r.register.add(c.name, thing{kind: kindName, camera: c})
		r.register.add(i, thing{kind: kindCamera, camera: c})
	}
	for n := range accounts {
		i := markOf("account", fmt.Sprint(n))
		r.accounts = append(r.accounts, &account{id: i.String()})
	}
	r.truth = newTruth(accounts, r.cameras)
	own, foreign, shared := r.cameras[0], r.cameras[perOwner], r.cameras[2*perOwner]
	watched, gone, just := r.cameras[2*perOwner+1], r.cameras[3*perOwner], r.cameras[3*perOwner+1]
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r.truth.grant(0, shared, held{rights: everything, from: 100, since: noon})
	r.truth.grant(0, watched, held{rights: seeIt | live})
	for c, ago := range map[*camera]time.Duration{gone: 3 * time.Second, just: time.Second} {
		r.truth.grant(0, c, held{rights: everything})
		r.truth.revoke(0, c, time.Now().Add(-ago))
	}
	mine, theirs := &session{account: 0, scope: markOf("scope", "0").String()}, &session{account: 1, scope: markOf("scope", "1").String()}
	r.asks(0, r.cameras[4*perOwner].at())
	r.remember(mine)
	r.remember(theirs)

	stored := func(c *camera) expect { return expect{verb: vFragment, camera: c, need: history, legal: true} }
	list := expect{verb: vEvents, need: seeIt, legal: true}
	dated := expect{verb: vEvents, need: history, legal: true, events: true}
	full := expect{verb: vEvents, need: history, legal: true, filled: noEvents}
	echo := expect{verb: vJournal, need: seeIt, legal: true, echo: true}
	heat := expect{verb: vHeat, camera: own, need: live, legal: true, heat: true}
	one := expect{verb: vEvent, camera: shared, need: history, legal: true, events: true}
	tile := expect{verb: vLive, camera: own, need: live, legal: true, follow: true}
	text := func(s string) answer { return answer{status: 200, json: true, body: []byte(s)} }
	for _, c := range []struct {
		name string
		e    expect
		a    answer
		want count
	}{
		{"an own picture", stored(own), media(own, 7), count{own: 1, legal: 1}},
		{"another one's", stored(own), media(foreign, 7), count{foreign: 1, legal: 1, wrong: 1}},
		{"both", stored(own), answer{status: 200, body: append(media(own, 1).body, media(foreign, 1).body...)}, count{foreign: 1, legal: 1, wrong: 1}},
		{"one of no camera", stored(own), media(newCamera(0, "other"), 7), count{foreign: 1, legal: 1, wrong: 1}},
		{"another own one", stored(own), media(r.cameras[1], 7), count{own: 1, legal: 1, wrong: 1}},
		{"nothing", stored(own), answer{status: 200}, count{legal: 1, wrong: 1}},
		{"in doubt", stored(own), answer{status: 503}, count{legal: 1, unavailable: 1}},
		{"in doubt, kept by a cache", stored(own), answer{status: 503, cached: true, hit: true}, count{asked: 1, hits: 1}},
		{"in doubt, through a cache", stored(own), answer{status: 503, cached: true}, count{asked: 1, legal: 1, unavailable: 1}},
		{"shared from now on", stored(shared), media(shared, 100), count{own: 1, legal: 1}},
		{"from before", stored(shared), media(shared, 99), count{foreign: 1, legal: 1, wrong: 1}},
		{"live only, live", expect{verb: vLive, camera: watched, need: live}, media(watched, 1), count{own: 1}},
		{"live only, recorded", expect{verb: vFragment, camera: watched, need: history}, media(watched, 1), count{foreign: 1}},
		{"revoked a second ago", expect{verb: vFragment, camera: just, need: history}, media(just, 1), count{own: 1}},
		{"revoked long ago", expect{verb: vFragment, camera: gone, need: history}, media(gone, 1), count{foreign: 1}},
		{"a picture in a list", expect{verb: vCameras}, media(own, 1), count{foreign: 1}},
		{"a page of pictures from before", pageOf(shared), pageAnswer(r.accounts[0].id, shared), count{foreign: 1, legal: 1, wrong: 1}},
		{"an event from the grant on", dated, events(shared, noon, noon, noon, shared.class), count{own: 1, legal: 1}},
		{"an event from before", dated, events(shared, noon.Add(-time.Second), noon, noon, ""), count{apart: 1, legal: 1, wrong: 1}},
		{"a part from before", dated, events(shared, noon, noon.Add(-time.Second), noon, ""), count{apart: 1, legal: 1, wrong: 1}},
		{"its text, too", dated, events(shared, noon.Add(-2*time.Second), noon, noon.Add(-time.Second), shared.class), count{foreign: 1, legal: 1, wrong: 1}},
		{"text of one that went on", dated, events(shared, noon.Add(-time.Second), noon, noon.Add(time.Second), shared.class), count{apart: 1, legal: 1, wrong: 1}},
		{"an empty list of somebody who has some", full, text(`{"events":[]}`), count{legal: 1, wrong: 1}},
		{"fewer marks than there are", expect{verb: vCameras, need: seeIt, legal: true, least: 2}, text(`["` + own.name.String() + `"]`), count{own: 1, legal: 1, wrong: 1}},
		{"what was once seen, in the journal", echo, text(`["` + gone.at().String() + `"]`), count{legal: 1}},
		{"what was asked for, in the journal", echo, text(`["` + r.cameras[4*perOwner].at().String() + `"]`), count{legal: 1}},
		{"what was never seen, in the journal", echo, text(`["` + foreign.at().String() + `"]`), count{apart: 1, legal: 1, wrong: 1}},
		{"the first picture of a tile", expect{verb: vLive, camera: own, need: live, legal: true}, media(own, 1), count{own: 1, legal: 1}},
		{"the next picture of a tile", tile, media(own, 2), count{follow: 1}},
		{"another camera's on a tile", tile, media(r.cameras[1], 2), count{follow: 1, legal: 1, wrong: 1}},
		{"another one's on a tile", tile, media(foreign, 2), count{foreign: 1, legal: 1, wrong: 1}},
		{"pushed", expect{verb: vPush, need: history, legal: true, pushed: true, least: 1}, text(`["` + own.at().String() + `"]`), count{own: 1}},
		{"pushed, of nobody", expect{verb: vPush, need: history, legal: true, pushed: true, least: 1}, text(`[]`), count{legal: 1, wrong: 1}},
		{"own names", list, text(`{"account":"` + r.accounts[0].id + `","name":"` + own.name.String() + `"}`), count{own: 1, legal: 1}},
		{"another account", list, text(`{"account":"` + r.accounts[1].id + `"}`), count{accounts: 1, legal: 1, wrong: 1}},
		{"another one's name", list, text(`["` + foreign.name.String() + `"]`), count{apart: 1, legal: 1, wrong: 1}},
		{"another one's id in an address", list, text(`["/x/` + foreign.at().String() + `/y"]`), count{apart: 1, legal: 1, wrong: 1}},
		{"own sealed text", list, text(`{"camera":"` + own.at().String() + `","class":"` + own.class + `"}`), count{own: 1, legal: 1}},
		{"another one's sealed text", list, text(`[{"camera":"` + r.cameras[1].at().String() + `"},{"camera":"` + own.at().String() + `","class":"` + foreign.class + `"}]`), count{foreign: 1, legal: 1, wrong: 1}},
		{"sealed text without history", expect{verb: vEvents, need: seeIt}, text(`{"camera":"` + watched.at().String() + `","class":"` + watched.class + `"}`), count{foreign: 1}},
		{"more digits than an id", list, text(`["` + foreign.name.String() + `0"]`), count{legal: 1}},
		{"another one's address", list, text(`["` + theirs.scope + `"]`), count{scopes: 1, legal: 1, wrong: 1}},
		{"the own address", list, text(`["` + mine.scope + `"]`), count{legal: 1}},
		{"refused", expect{camera: foreign, need: history, barred: true}, answer{status: 404, problem: true, body: r.absent}, count{barred: 1}},
		{"refused in other words", expect{camera: foreign, need: history, barred: true}, answer{status: 404, problem: true, body: []byte("not yours")}, count{barred: 1, passed: 1}},
		{"not refused", expect{camera: foreign, need: history, barred: true}, answer{status: 200}, count{barred: 1, passed: 1}},
		{"an own init segment", expect{camera: own, need: history, init: true}, initOf(own), count{own: 1}},
		{"another one's init segment", expect{camera: own, need: history, init: true}, initOf(foreign), count{foreign: 1}},
		{"an own heat", heat, heatOf(own), count{own: 1, legal: 1}},
		{"no heat", heat, text(`{}`), count{legal: 1}},
		{"another one's heat", heat, heatOf(foreign), count{foreign: 1, legal: 1, wrong: 1}},
		{"the heat of one that is shared", heat, heatOf(shared), count{foreign: 1, legal: 1, wrong: 1}},
		{"another own one's heat", heat, heatOf(r.cameras[1]), count{own: 1, legal: 1, wrong: 1}},
		{"an event by itself from before", one, text(`{"event":` + strings.TrimSuffix(strings.TrimPrefix(string(events(shared, noon.Add(-time.Second), noon, noon, "").body), `{"events":[`), `]}`) + `}`), count{apart: 1, legal: 1, wrong: 1}},
		{"a page", pageOf(own, own), pageAnswer(r.accounts[0].id, own, own), count{own: 1, legal: 1}},
		{"a page for another", pageOf(own, own), pageAnswer(r.accounts[1].id, own, own), count{accounts: 1, legal: 1, wrong: 1}},
		{"a page without what was asked for", pageOf(own, r.cameras[1]), pageAnswer(r.accounts[0].id, own, own), count{own: 1, legal: 1, wrong: 1}},
		{"an own small picture", expect{camera: own, need: history, small: true, legal: true}, answer{status: 200, body: littleOf(t, own)}, count{own: 1, legal: 1}},
		{"another one's small picture", expect{camera: own, need: history, small: true}, answer{status: 200, body: littleOf(t, foreign)}, count{foreign: 1}},
		{"the small picture of another clip", expect{camera: own, need: history, small: true}, answer{status: 200, body: littleOf(t, r.cameras[1])}, count{foreign: 1}},
		{"the camera's own for a small one", expect{camera: own, need: history, small: true, legal: true}, answer{status: 200, body: append(sheet(t, own, image.Pt(own.width, own.height)), media(own, 1).body...)}, count{own: 1, legal: 1}},
		{"an own preview", expect{camera: own, need: history, film: true, legal: true}, filmOf(t, own, own), count{own: 1, legal: 1}},
		{"a preview with another one's picture", expect{camera: own, need: history, film: true}, filmOf(t, own, foreign), count{foreign: 1}},
		{"a preview that is cut off", expect{camera: own, need: history, film: true, legal: true}, answer{status: 200, body: []byte{1, 1}}, count{legal: 1, wrong: 1}},
	} {
		var k tally
		r.inspect(&k, mine, c.e, c.a)
		got := k.sum.total()
		got.answers, got.bytes = 0, 0
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	for _, l := range r.findings.take() {
		t.Log(l)
	}
}

// TestPicturesAreTold: no camera's picture passes for another's.
func TestPicturesAreTold(t *testing.T) {
	var all []*camera
	for n := range allCameras {
		all = append(all, newCamera(n, "test"))
	}
	for _, c := range all {
		img := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
		for _, other := range all {
			draw.Draw(img, img.Bounds(), image.NewUniform(color.Color(other.paper)), image.Point{}, draw.Src)
			var b bytes.Buffer
			if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 75}); err != nil {
				t.Fatal(err)
			}
			if err := c.shows(b.Bytes()); (err == nil) != (c == other) {
				t.Errorf("a picture of the size of camera %d in the colour of camera %d: %v", c.n, other.n, err)
			}
		}
	}
	r := &rig{cameras: all, traveller: newCamera(allCameras, "test")}
	for _, c := range append(all, r.traveller) {
		if got, err := r.drawn(littleOf(t, c)); got != c {
			t.Errorf("a small picture of camera %d is taken for camera %s's: %v", c.n, got.label(), err)
		}
		for _, other := range append(all, r.traveller) {
			if got, err := r.drawn(visited(t, c, other)); got != c {
				t.Errorf("a small picture of camera %d, where something in the colour of camera %d walks by, is taken for camera %s's: %v", c.n, other.n, got.label(), err)
			}
		}
	}
}

// visited is a small picture of a camera with who walks by at its left edge and the moving
// block at its right one, both in another one's colour.
func visited(t *testing.T, c, other *camera) []byte {
	t.Helper()
	const cell = 16
	img, colour := image.NewRGBA(image.Rectangle{Max: c.little()}), image.NewUniform(color.Color(other.paper))
	at := func(left, top, right, bottom int) image.Rectangle {
		size := c.little()
		return image.Rect(left*size.X/c.width, top*size.Y/c.height, right*size.X/c.width, bottom*size.Y/c.height)
	}
	band := c.height - cell
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Color(c.paper)), image.Point{}, draw.Src)
	draw.Draw(img, at(0, band-c.height/cell/2*cell, 2*cell, band), colour, image.Point{}, draw.Src)
	draw.Draw(img, at(c.width-3*cell, band-2*cell, c.width, band), colour, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// littleOf is a small picture of a camera, filmOf a preview of pictures of cameras.
func littleOf(t *testing.T, c *camera) []byte {
	t.Helper()
	return sheet(t, c, c.little())
}

// sheet is a picture of a camera's paper.
func sheet(t *testing.T, c *camera, size image.Point) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Color(c.paper)), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func filmOf(t *testing.T, cams ...*camera) answer {
	t.Helper()
	var frames []sealed.Frame
	for i, c := range cams {
		frames = append(frames, sealed.Frame{Time: uint64(i), JPEG: littleOf(t, c)})
	}
	return answer{status: 200, body: sealed.AppendPreview(nil, frames)}
}

func media(c *camera, frame uint64) answer {
	return answer{status: 200, body: fakecam.Mark{Name: c.picture, Frame: frame}.Bytes()}
}

func initOf(c *camera) answer {
	b := append([]byte("....avc1"), make([]byte, 24)...)
	return answer{status: 200, body: append(b, byte(c.width>>8), byte(c.width), byte(c.height>>8), byte(c.height))}
}

func heatOf(c *camera) answer {
	return answer{status: 200, json: true, body: fmt.Appendf(nil, `{"heat":{"columns":%d,"rows":%d,"cells":""}}`, c.width/16, c.height/16)}
}

// events is a list of one event, and of one part of it.
func events(c *camera, start, part, end time.Time, class string) answer {
	const spelled = `{"events":[{"camera":%q,"clips":[{"start":%q}],"class":%q,"start":%q,"end":%q}]}`
	return answer{status: 200, json: true, body: fmt.Appendf(nil, spelled, c.at(), part.Format(time.RFC3339), class, start.Format(time.RFC3339), end.Format(time.RFC3339))}
}

// pageOf asks for one clip of each camera; pageAnswer shows them.
func pageOf(cams ...*camera) expect {
	e := expect{verb: vPage, need: history, legal: true}
	for _, c := range cams {
		e.page = append(e.page, wish{markOf("clip", c.secret), c})
	}
	return e
}

func pageAnswer(account string, cams ...*camera) answer {
	head, _ := hex.DecodeString(account)
	b := append([]byte("LARPAGE1"), head...)
	for _, c := range cams {
		clip, picture := markOf("clip", c.secret), media(c, 1).body
		b = append(append(b, clip[:]...), 1, 0, 0, 0, byte(len(picture)))
		b = append(b, picture...)
	}
	return answer{status: 200, body: b}
}
