package app_test

import (
	"bytes"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

// box is a detector that sees a person, a car and a chair on every picture, and keeps what
// it was shown.
type box struct {
	t    *testing.T
	addr string

	mu    sync.Mutex // guards following
	shown [][]byte
}

// newBox starts a detector at an address of this machine; "" any.
func newBox(t *testing.T, addr string) (*box, *httptest.Server) {
	t.Helper()
	b := &box{t: t}
	server := httptest.NewUnstartedServer(b)
	if addr != "" {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		server.Listener.Close()
		server.Listener = ln
	}
	server.Start()
	t.Cleanup(server.Close)
	b.addr = server.Listener.Addr().String()
	return b, server
}

// ServeHTTP answers a question.
func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("image")
	if err != nil || r.URL.Path != "/v1/vision/detection" {
		b.t.Errorf("asked for %s: %v", r.URL, err)
		http.NotFound(w, r)
		return
	}
	picture, err := io.ReadAll(file)
	if err != nil {
		return
	}
	b.mu.Lock()
	b.shown = append(b.shown, picture)
	b.mu.Unlock()
	io.WriteString(w, `{"success":true,"predictions":[{"label":"chair","confidence":0.99,"x_min":0,"y_min":0,"x_max":9,"y_max":9},`+
		`{"label":"person","confidence":0.98,"x_min":32,"y_min":18,"x_max":160,"y_max":90},{"label":"car","confidence":0.6,"x_min":0,"y_min":0,"x_max":9,"y_max":9}]}`)
}

func (b *box) pictures() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.shown)
}

// recognised is what an event says of what was seen.
type recognised struct {
	eventJSON
	Class  string             `json:"class"`
	Labels []string           `json:"labels"`
	Box    map[string]float64 `json:"box"`
}

// TestDetectorOfAHub: pictures of one camera's visits go to the detector that its owner set,
// and what it recognises joins the event and narrows the list; those of the other camera
// go nowhere. While the detector is away visits are recorded as ever. It goes on after a
// restart, and once it is turned off nothing goes out any more.
func TestDetectorOfAHub(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	h := startHub(t, data, "--discover", "here")
	keeper := h.claim("keeper")
	detector, server := newBox(t, "")
	address := "http://" + detector.addr
	cams, ids := map[string]*fakecam.Camera{}, map[string]string{}
	for _, name := range []string{"seen", "other"} {
		cams[name] = startCamera(t, fakecam.Options{Name: name})
		ids[name] = keeper.addCamera(map[string]string{"name": name, "main": cams[name].MainURL(), "sub": cams[name].SubURL()})
	}
	all := []string{ids["seen"], ids["other"]}
	waitLive(t, keeper, all)
	path := "cameras/" + ids["seen"] + "/detector"
	var tried struct{ Fault string }
	keeper.call(http.MethodPost, path+"/try", map[string]string{"address": address}, http.StatusOK, &tried)
	if tried.Fault != "" || len(detector.pictures()) != 1 {
		t.Errorf("tried: %q, %d pictures", tried.Fault, len(detector.pictures()))
	}
	keeper.call(http.MethodPut, path, map[string]string{"address": address}, http.StatusNoContent, nil)

	events := func(query string) (all []recognised) {
		var answer struct{ Events []recognised }
		keeper.call(http.MethodGet, "events"+query, nil, http.StatusOK, &answer)
		return answer.Events
	}
	of := func(name string) (all []recognised) {
		for _, e := range events("") {
			if e.Camera == ids[name] {
				all = append(all, e)
			}
		}
		return all
	}
	pass := func(pictures uint64) {
		t.Helper()
		for _, cam := range cams {
			from := cam.LastMark().Frame
			until(t, patience, "pictures go by", func() bool { return cam.LastMark().Frame >= from+pictures })
		}
	}
	// visit has somebody come until the condition holds, and waits for the ends of it all.
	visit := func(what string, ok func() bool) {
		t.Helper()
		pass(80) // until what the cards show is known
		for _, cam := range cams {
			cam.Visit(true)
		}
		until(t, patience, what, ok)
		for _, cam := range cams {
			cam.Visit(false)
		}
		until(t, patience, "the end of it", func() bool {
			return !slices.ContainsFunc(events(""), func(e recognised) bool { return e.Recording || e.End.IsZero() })
		})
	}

	visit("a person, and another visit", func() bool {
		seen := of("seen")
		return len(seen) > 0 && seen[0].Class != "" && len(of("other")) > 0
	})
	if e := of("seen")[0]; len(of("seen")) != 1 || e.Class != "person" || e.Score < 0.98 || !slices.Equal(e.Labels, []string{"vehicle", "car"}) || !slices.Equal(e.Sources, []string{"motion", "detector"}) ||
		e.Box["left"] != 0.1 || e.Box["top"] != 0.1 || e.Box["width"] != 0.4 || e.Box["height"] != 0.4 || len(e.Clips) == 0 {
		t.Errorf("%+v", e)
	}
	if e := of("other")[0]; e.Class != "" || slices.Contains(e.Sources, "detector") {
		t.Errorf("of the camera without a detector: %+v", e)
	}
	if people := events("?class=person"); len(people) != 1 || people[0].Camera != ids["seen"] {
		t.Errorf("people: %+v", people)
	}
	shown := detector.pictures()[1:]
	if len(shown) == 0 || len(shown) > 4 {
		t.Errorf("%d pictures of one event", len(shown))
	}
	for _, p := range shown {
		if img, err := jpeg.DecodeConfig(bytes.NewReader(p)); err != nil || img.Width != 320 {
			t.Errorf("a picture: %+v, %v", img, err)
		}
	}
	var exits struct {
		Exits []struct{ Address, Camera string }
	}
	keeper.call(http.MethodGet, "exits", nil, http.StatusOK, &exits)
	if len(exits.Exits) != 1 || exits.Exits[0].Address != address || exits.Exits[0].Camera != ids["seen"] {
		t.Errorf("%+v", exits)
	}

	server.Close()
	before := len(of("seen"))
	visit("a visit while the detector is away", func() bool { return len(of("seen")) > before && len(of("seen")[0].Clips) > 0 })
	if e := of("seen")[0]; e.Class != "" || !slices.Equal(e.Sources, []string{"motion"}) || e.DurationMS < 10_000 {
		t.Errorf("while it is away: %+v", e)
	}
	var told struct {
		Status struct {
			Fault string
			Next  time.Time
		}
	}
	keeper.call(http.MethodGet, path, nil, http.StatusOK, &told)
	if told.Status.Fault != "silent" || told.Status.Next.IsZero() {
		t.Errorf("while it is away: %+v", told)
	}

	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	again, _ := newBox(t, detector.addr)
	keeper = startHub(t, data, "--discover", "here").signIn("keeper")
	waitLive(t, keeper, all)
	visit("a person after a restart", func() bool { return of("seen")[0].Class == "person" })
	keeper.call(http.MethodDelete, path, nil, http.StatusNoContent, nil)
	asked, before := len(again.pictures()), len(of("seen"))
	visit("a visit after it was turned off", func() bool { return len(of("seen")) > before })
	if n := len(again.pictures()); n != asked || asked == 0 {
		t.Errorf("%d pictures went out before it was turned off, and %d in all", asked, n)
	}
	if e := of("seen")[0]; e.Class != "" {
		t.Errorf("after it was turned off: %+v", e)
	}
}
