package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
	"lares/recorder/sealed"
)

// clipFiles are a hub's clip files, of one camera or of all (an empty camera).
func (h *hub) clipFiles(camera string) []string {
	h.t.Helper()
	if camera == "" {
		camera = "*"
	}
	files, err := filepath.Glob(filepath.Join(h.data, "media", "clips", camera, "*", "*.lar"))
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// cameraOf is the id of the camera whose clip the file is.
func cameraOf(file string) string { return filepath.Base(filepath.Dir(filepath.Dir(file))) }

// clipID is the id of the clip whose file it is.
func clipID(file string) string { return strings.TrimSuffix(filepath.Base(file), ".lar") }

// fragments counts the whole fragments of a clip file that may be growing, by
// their clear heads.
func fragments(t *testing.T, file string) (n int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		return 0 // an empty clip was removed meanwhile
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var head sealed.Head
	for at, seq := int64(sealed.HeaderSize), uint32(0); at < info.Size(); seq++ {
		if head, at, err = sealed.ReadHead(f, info.Size(), at, seq); err != nil {
			return n // a record in flight
		}
		if head.Type == sealed.TypeFragment {
			n++
		}
	}
	return n
}

// recorded counts a camera's fragments in all its clips.
func (h *hub) recorded(camera string) (n int) {
	h.t.Helper()
	for _, file := range h.clipFiles(camera) {
		n += fragments(h.t, file)
	}
	return n
}

// film is one clip as it is exported.
type film struct {
	id      string
	info    clipJSON
	written time.Time // when the file's end was
	mp4     []byte
	marks   []fakecam.Mark
}

// films exports all clips of a camera, the oldest first.
func (p *person) films(camera string) (list []film) {
	p.t.Helper()
	for _, file := range p.hub.clipFiles(camera) {
		f := film{id: clipID(file)}
		f.info, f.mp4 = p.clip(f.id), p.get("clips/"+f.id+"/clip.mp4")
		f.marks = fakecam.FindMarks(f.mp4)
		if info, err := os.Stat(file); err == nil {
			f.written = info.ModTime()
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b film) int { return a.info.Start.Compare(b.info.Start) })
	return list
}

// marksOf are the pictures of a camera's clips. Each clip must decode without a
// word, and show this camera's pictures alone, in their order and once.
func marksOf(t *testing.T, name string, films []film) (frames []uint64) {
	t.Helper()
	for _, f := range films {
		decodes(t, writeFile(t, "clip.mp4", f.mp4))
	}
	return framesOf(t, name, films)
}

// framesOf is marksOf without decoding.
func framesOf(t *testing.T, name string, films []film) (frames []uint64) {
	t.Helper()
	own := fakecam.MarkName(name)
	for i, f := range films {
		if len(f.marks) == 0 {
			t.Errorf("%s: clip %d shows no picture", name, i)
		}
		for _, m := range f.marks {
			if m.Name != own {
				t.Fatalf("%s: clip %d shows another camera", name, i)
			}
			if n := len(frames); n > 0 && m.Frame <= frames[n-1] {
				t.Errorf("%s: clip %d: picture %d comes after %d", name, i, m.Frame, frames[n-1])
			}
			frames = append(frames, m.Frame)
		}
	}
	return frames
}

// contiguous fails the test where a picture is missing.
func contiguous(t *testing.T, name string, frames []uint64) {
	t.Helper()
	for i := 1; i < len(frames); i++ {
		if frames[i] != frames[i-1]+1 {
			t.Errorf("%s: picture %d follows %d: %d are missing", name, frames[i], frames[i-1], frames[i]-frames[i-1]-1)
		}
	}
}

// holdPeriod is well below the post-roll of a trigger, 10 s.
const holdPeriod = 3 * time.Second

// holdRecording triggers the cameras again and again, so that one event goes
// on until end is called; end waits for the clips to be closed.
func (p *person) holdRecording(ids []string) (end func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(holdPeriod)
		defer ticker.Stop()
		for ctx.Err() == nil {
			for _, id := range ids {
				// A hub that cannot tell right now who asks says so; the next one counts.
				status, answer := p.send(http.MethodPost, p.url("cameras/"+id+"/trigger"), map[string]any{})
				if status != http.StatusAccepted && status != http.StatusServiceUnavailable {
					p.t.Errorf("a trigger: status %d: %s", status, answer)
				}
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	return func() {
		p.t.Helper()
		cancel()
		wg.Wait()
		until(p.t, 30*time.Second, "the clips end", func() bool {
			return !slices.ContainsFunc(p.events(), func(e eventJSON) bool { return e.Recording })
		})
	}
}
