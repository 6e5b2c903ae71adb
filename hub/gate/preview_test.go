package gate

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/recorder"
	"lares/recorder/sealed"
)

// TestPicturesOfAClip: who asks for a small picture or a large one gets the other where
// there is none, and never one of another moment; a preview only where there is one, and
// whole.
func TestPicturesOfAClip(t *testing.T) {
	r := newRig(t)
	ann := r.person("ann")
	cam := r.camera(ann, "door")
	large, other, small := ofClip{sealed.TypeThumbnail, []byte("large")}, ofClip{sealed.TypeSmall, []byte("of another")}, ofClip{sealed.TypeSmall, []byte("small")}
	film := ofClip{sealed.TypePreview, sealed.AppendPreview(nil, []sealed.Frame{{JPEG: []byte("small")}})}
	for what, x := range map[string]struct {
		pictures              []ofClip
		large, small, preview string
		err                   error // of the preview
	}{
		"of before there were small ones": {[]ofClip{large}, "large", "large", "", ErrNotFound},
		"of both":                         {[]ofClip{other, large, small, film}, "large", "small", string(film.plain), nil},
		"without a large one":             {[]ofClip{other, small, film}, "small", "small", string(film.plain), nil},
		"without one of that moment":      {[]ofClip{other, large}, "large", "large", "", ErrNotFound},
		"without any":                     {[]ofClip{}, "", "", "", ErrNotFound},
		"with a preview that is cut off":  {[]ofClip{large, {sealed.TypePreview, film.plain[:5]}}, "large", "large", "", ErrUnavailable},
	} {
		r.pictures = x.pictures
		clip, _ := r.record(cam)
		r.clock.Advance(time.Minute)
		none := error(nil)
		if x.large == "" {
			none = ErrNotFound
		}
		for part, want := range map[Part]struct {
			bytes string
			err   error
		}{ThumbnailPart(): {x.large, none}, SmallPart(): {x.small, none}, PreviewPart(): {x.preview, x.err}} {
			if got, err := r.play(ann, cam, clip, part); string(got) != want.bytes || !errors.Is(err, want.err) || err == nil && want.err != nil {
				t.Errorf("a clip %s: part %d is %q, %v", what, part.kind, got, err)
			}
		}
		status := byte(statusNone)
		if x.small != "" {
			status = statusShown
		}
		if got := r.pageOf(ann, true, r.found, clip)[clip]; string(got.picture) != x.small || got.status != status {
			t.Errorf("a clip %s: on a page %d %q", what, got.status, got.picture)
		}
	}
}

// TestPreviewIsGuarded: a preview and a small picture are of who may see the clip's picture,
// opened by keys and passes of its own, and the journal has each before it goes out.
func TestPreviewIsGuarded(t *testing.T) {
	r := newRig(t)
	list := r.told()
	ann, bob := r.person("ann"), r.person("bob")
	cam := r.camera(ann, "door")
	before, _ := r.record(cam)
	r.clock.Advance(time.Minute)
	r.must(r.Grant(t.Context(), ann, GrantRequest{Camera: cam, Account: bob.Account, Actions: []Action{History}}))
	clip, _ := r.record(cam)
	for what, part := range map[string]Part{"preview": PreviewPart(), "small": SmallPart()} {
		if got, err := r.play(bob, cam, before, part); err != ErrNotFound || len(got) > 0 {
			t.Errorf("%s of before the grant: %q, %v", what, got, err)
		}
		got, err := r.play(bob, cam, clip, part)
		if r.must(err); len(got) == 0 || !bytes.Contains(got, clip[:]) {
			t.Errorf("%s: %q", what, got)
		}
		p := r.clipPass(bob, clip, History)
		r.crossed(what+" of another file", func() error {
			w, _ := r.wire(bob.Session)
			return r.OpenClip(t.Context(), p, r.file(cam, before), part, w)
		})
		r.crossed(what+" on another wire", func() error {
			w, b := r.wire(ann.Session)
			err := r.OpenClip(t.Context(), p, r.file(cam, clip), part, w)
			if b.Len() > 0 {
				t.Errorf("%d bytes written", b.Len())
			}
			return err
		})
		live := r.pass(bob, cam, History)
		r.crossed(what+" by a pass of the camera", func() error {
			_, err := r.Opener(t.Context(), live, r.file(cam, clip))
			return err
		})
	}
	r.must(r.Gate.cfg.Journal.Flush(t.Context()))
	var count, size int64
	for _, e := range list(ann) {
		if e.Kind == journal.Thumbnails && e.Account == bob.Account && e.Camera == cam {
			count, size = count+e.Count, size+e.Bytes
		}
	}
	if want := int64(len(smallOf(clip)) + len(sealed.AppendPreview(nil, previewOf(clip)))); count != 2 || size != want {
		t.Errorf("the journal has %d pictures of %d bytes, want 2 of %d", count, size, want)
	}
}

// TestPictureOfParts: an event shows the picture that shows most of the parts that the
// caller may see, else the first there is.
func TestPictureOfParts(t *testing.T) {
	part := func(picture, preview bool) store.EventPart {
		return store.EventPart{Clip: media.NewClipID(), Thumbnail: picture, Preview: preview}
	}
	none, one, two, three := part(false, false), part(true, false), part(true, true), part(true, false)
	for what, x := range map[string]struct {
		best    media.ClipID
		parts   []store.EventPart
		want    media.ClipID
		preview bool
	}{
		"nothing":                    {parts: nil},
		"no picture":                 {parts: []store.EventPart{none}},
		"the first that has one":     {parts: []store.EventPart{none, two, one}, want: two.Clip, preview: true},
		"the best":                   {best: two.Clip, parts: []store.EventPart{one, two, three}, want: two.Clip, preview: true},
		"the best, which is last":    {best: three.Clip, parts: []store.EventPart{two, three}, want: three.Clip},
		"the best is not to be seen": {best: two.Clip, parts: []store.EventPart{one, three}, want: one.Clip},
		"the best has no picture":    {best: none.Clip, parts: []store.EventPart{two, none}, want: two.Clip, preview: true},
	} {
		e := eventOf(store.VisibleEvent{EventRow: recorder.EventRow{Picture: x.best}, Parts: x.parts}, recorder.EventText{})
		if e.Picture != x.want || e.Preview != x.preview {
			t.Errorf("%s: %v, preview %v", what, e.Picture, e.Preview)
		}
	}
}
